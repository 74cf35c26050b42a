"""Who a socket belongs to: the credentials of its handshake, verified."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from asgiref.typing import WebSocketScope
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http.cookie import parse_cookie
from django.utils.crypto import constant_time_compare

from speaktracker import db
from speaktracker.auth import tickets, tokens
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User
from speaktracker.text import normal_email

BEARER_SUBPROTOCOL = "bearer."


@dataclass(frozen=True, slots=True)
class Claim:
    """A verified user id, until when (epoch seconds), and what else the handshake claimed."""

    user_id: int
    expires_at: float | None = None
    claimed_emails: tuple[str, ...] = ()
    claimed_types: tuple[str, ...] = ()

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

    def header(self, name: str) -> str | None:
        """Return a header by its lower-case name."""
        return self._headers.get(name)

    def query(self, name: str) -> str | None:
        """Return the first value of a query parameter."""
        return self._query.get(name, [None])[0]

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
        return Claim(await db.write(tickets.redeem, ticket), None, *claimed)
    token = handshake.bearer()
    if token is not None:
        claims = tokens.verify(token)
        return Claim(claims.user_id, claims.expires_at, *claimed)
    session_key = parse_cookie(handshake.header("cookie") or "").get(settings.SESSION_COOKIE_NAME)
    if session_key and handshake.same_origin():
        return Claim(await db.read(signed_in_user, session_key), None, *claimed)
    raise InvalidCredentials("the handshake carries no credentials")


def signed_in_user(session_key: str) -> int:
    """Return the id of a session's user; raises InvalidCredentials. Reads SQL."""
    session: dict[str, Any] = SessionStore(session_key).load()
    user = User.objects.filter(pk=session.get(SESSION_KEY, 0)).first()
    signed = session.get(HASH_SESSION_KEY, "")
    if user is None or not constant_time_compare(signed, user.get_session_auth_hash()):
        raise InvalidCredentials("the session is not signed in")
    return user.pk
