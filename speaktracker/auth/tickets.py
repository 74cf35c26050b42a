"""One-time tickets for clients that can send a socket nothing but its address."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from django.db.models import F

from speaktracker.auth.credentials import Credentials
from speaktracker.auth.models import Ticket
from speaktracker.auth.shared_computers.session_store import SessionStore
from speaktracker.clock import now
from speaktracker.cognito import sealed_tokens
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User

LIFETIME_SECONDS = 30


def issue(user: User, asked_with: Credentials | None = None) -> str:
    """Make a ticket of 256 random bits for `user`; what expires unused is purged as sessions are.

    The socket that it opens lives no longer than what it was `asked_with`.
    """
    made_from = asked_with or Credentials(user.pk, user.credentials_version)
    moment = now()
    ticket = secrets.token_urlsafe(32)
    end, claims = made_from.expires_at, made_from.pool_claims
    Ticket.objects.create(
        digest=_digest(ticket),
        user=user,
        credentials_version=made_from.version,
        credentials_expire_at=None if end is None else datetime.fromtimestamp(end, UTC),
        session_key=made_from.session_key,
        family=made_from.family,
        sealed_token=sealed_tokens.seal(claims, ticket) if claims else None,
        expires_at=moment + timedelta(seconds=LIFETIME_SECONDS),
    )
    return ticket


def redeem(ticket: str) -> Credentials:
    """Use up `ticket` and return what it was asked with; raises InvalidCredentials. Writes SQL."""
    waiting = Ticket.objects.filter(
        digest=_digest(ticket),
        expires_at__gt=now(),
        user__is_active=True,
        user__credentials_version=F("credentials_version"),
    )
    found = waiting.first()
    # Of two that present it at once, the one whose delete finds the row has it.
    if found is None or not Ticket.objects.filter(digest=found.digest).delete()[0]:
        raise InvalidCredentials("the ticket is not valid")
    end, sealed = found.credentials_expire_at, found.sealed_token
    if end is not None and end <= now():
        raise InvalidCredentials("what the ticket was asked with has expired")
    return Credentials(
        found.user_id,
        found.credentials_version,
        None if end is None else end.timestamp(),
        found.session_key,
        found.family,
        None if sealed is None else sealed_tokens.unseal(sealed, ticket),
        session_is_shared=bool(found.session_key) and SessionStore(found.session_key).is_shared,
    )


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode(errors="surrogatepass")).hexdigest()
