"""Who a socket belongs to: the credentials of its handshake, verified."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from asgiref.typing import WebSocketScope
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.http.cookie import parse_cookie
from django.utils.crypto import constant_time_compare

from speaktracker import db
from speaktracker.auth import bearer_tokens, tickets
from speaktracker.auth.credentials import Credentials
from speaktracker.auth.shared_computers.session_store import SessionStore
from speaktracker.exceptions import InvalidCredentials
from speaktracker.metrics import Way
from speaktracker.roster.models import User
from speaktracker.text import normal_email

BEARER_SUBPROTOCOL = "bearer."
USER_AGENT_LENGTH = 512
# What a program may call itself; it goes into the log as it stands.
CLIENT_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}/[A-Za-z0-9.+-]{1,23}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claim:
    """The credentials of a handshake, verified, and what else it claimed."""

    credentials: Credentials
    claimed_emails: tuple[str, ...] = ()
    claimed_types: tuple[str, ...] = ()

    @property
    def user_id(self) -> int:
        """Return whose the credentials are."""
        return self.credentials.user_id

    def matches(self, email: str, user_type: str | None) -> bool:
        """Tell whether what the handshake said of itself is true of the verified user."""
        return {email}.issuperset(self.claimed_emails) and {user_type}.issuperset(
            self.claimed_types
        )


class Handshake:
    """Headers and query of a websocket scope, read once."""

    def __init__(self, scope: WebSocketScope) -> None:
        self._scope = scope
        self._headers = {
            name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]
        }
        self._query = parse_qs(scope["query_string"].decode("latin1"), keep_blank_values=True)

    @property
    def address(self) -> str | None:
        """Return the client's address, as far as proxies are trusted; None on a UNIX socket."""
        client = self._scope.get("client")
        return client[0] if client else None

    def header(self, name: str) -> str | None:
        """Return a header by its lower-case name."""
        return self._headers.get(name)

    def query(self, name: str) -> str | None:
        """Return the first value of a query parameter."""
        return self._query.get(name, [None])[0]

    @property
    def client_name(self) -> str | None:
        """Return the program's name and version (`?client=`); None without, or for other text."""
        said = self.query("client")
        return said if said is not None and CLIENT_NAME.fullmatch(said) else None

    @property
    def user_agent(self) -> str:
        """Return what the client's program says it is, cut to what a record of it is worth."""
        return (self.header("user-agent") or "")[:USER_AGENT_LENGTH]

    @property
    def subprotocols(self) -> list[str]:
        """Return the offered subprotocols in order."""
        return list(self._scope.get("subprotocols") or [])

    def bearer(self) -> str | None:
        """Return the JWT by header, subprotocol or query, in this order."""
        scheme, _, token = (self.header("authorization") or "").partition(" ")
        if scheme.lower() == "bearer":
            return token.strip()
        for offered in self.subprotocols:
            if offered.startswith(BEARER_SUBPROTOCOL):
                return offered.removeprefix(BEARER_SUBPROTOCOL)
        return self.query("token")

    @property
    def way(self) -> Way:
        """Return how it says who comes: by what `identify` would look at."""
        if self.query("ticket") is not None:
            return "ticket"
        if self.bearer() is not None:
            return "bearer"
        return "cookie" if self.session_key else "none"

    @property
    def session_key(self) -> str | None:
        """Return the key of the session that the cookie names."""
        return parse_cookie(self.header("cookie") or "").get(settings.SESSION_COOKIE_NAME)

    def said(self, parameter: str, header: str) -> tuple[str, ...]:
        """Return everything the client says of itself, by query and header."""
        by_header = self.header(header)
        return (*self._query.get(parameter, ()), *(() if by_header is None else (by_header,)))

    def same_origin(self) -> bool:
        """Tell whether a browser's page of ours, or of ALLOWED_ORIGINS, opens this socket."""
        origin = self.header("origin")
        if not origin:
            return False
        if origin in settings.ALLOWED_ORIGINS:
            return True
        parts = urlsplit(origin)
        schemes = ("https",) if settings.PUBLIC_URL.startswith("https:") else ("http", "https")
        return parts.scheme in schemes and parts.netloc == self.header("host")


async def identify(handshake: Handshake) -> Claim:
    """Verify the handshake's credentials; raises InvalidCredentials, or Unavailable without SQL."""
    emails = map(normal_email, handshake.said("user_email", "x-user-email"))
    claimed = (tuple(emails), handshake.said("user_type", "x-user-type"))
    ticket = handshake.query("ticket")
    if ticket is not None:
        return Claim(await db.write(tickets.redeem, ticket), *claimed)
    token = handshake.bearer()
    if token is not None:
        return Claim(await bearer_tokens.verify_in_loop(token), *claimed)
    session_key = handshake.session_key
    if session_key and handshake.same_origin():
        return Claim(await db.read(credentials_of_session, session_key), *claimed)
    raise InvalidCredentials("the handshake carries no credentials")


def credentials_of_session(session_key: str) -> Credentials:
    """Return what a session stands for; raises InvalidCredentials. Reads SQL."""
    session = SessionStore(session_key)
    people = User.objects.only("password", "credentials_version")  # the hash signs the session
    user = people.filter(pk=session.get(SESSION_KEY, 0)).first()
    signed = session.get(HASH_SESSION_KEY, "")
    if user is None or not constant_time_compare(signed, user.get_session_auth_hash()):
        raise InvalidCredentials("the session is not signed in")
    return Credentials(
        user.pk,
        user.credentials_version,
        session_key=session_key,
        session_is_shared=session.is_shared,
    )
