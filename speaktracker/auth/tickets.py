"""One-time tickets for clients that can send a socket nothing but its address."""

import hashlib
import secrets
from datetime import timedelta

from speaktracker.auth.models import Ticket
from speaktracker.clock import now
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User

LIFETIME_SECONDS = 30


def issue(user: User) -> str:
    """Make a ticket of 256 random bits for `user`; what expired unused is swept on the way."""
    moment = now()
    Ticket.objects.filter(expires_at__lt=moment).delete()
    ticket = secrets.token_urlsafe(32)
    Ticket.objects.create(
        digest=_digest(ticket),
        user=user,
        expires_at=moment + timedelta(seconds=LIFETIME_SECONDS),
    )
    return ticket


def redeem(ticket: str) -> int:
    """Use up `ticket` and return its user's id; raises InvalidCredentials. Writes to SQL."""
    waiting = Ticket.objects.filter(
        digest=_digest(ticket), expires_at__gt=now(), user__is_active=True
    )
    user_id = waiting.values_list("user_id", flat=True).first()
    # Of two that present it at once, the one whose delete finds the row has it.
    if user_id is None or not Ticket.objects.filter(digest=_digest(ticket)).delete()[0]:
        raise InvalidCredentials("the ticket is not valid")
    return user_id


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode(errors="surrogatepass")).hexdigest()
