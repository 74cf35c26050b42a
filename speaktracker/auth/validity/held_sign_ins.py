"""What is held of a person's sign-ins: sessions, tokens and tickets, without their secrets."""

from collections.abc import Iterator

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from speaktracker.auth.models import RefreshFamily, Ticket
from speaktracker.clock import now
from speaktracker.roster.erasure.holdings import Holding, Shown, register, shown
from speaktracker.roster.erasure.named_person import NamedPerson

SESSIONS_TOGETHER = 500


def pages_of_sessions() -> Iterator[list[tuple[Session, str]]]:
    """Walk over the sessions that last, each with the id of whom it signs in, or nothing.

    The table does not say whose they are: each is opened.
    """
    last = ""
    while True:
        lasting = Session.objects.filter(session_key__gt=last, expire_date__gt=now())
        page = list(lasting.order_by("session_key")[:SESSIONS_TOGETHER])
        if not page:
            return
        yield [(session, str(session.get_decoded().get(SESSION_KEY, ""))) for session in page]
        last = page[-1].session_key


def sessions(person: NamedPerson) -> Shown:
    """Show until when the person's sessions last."""
    everybody = (one for page in pages_of_sessions() for one in page)
    return [{"expire_date": s.expire_date} for s, whose in everybody if whose == str(person.pk)]


def families(person: NamedPerson) -> Shown:
    """Show the sign-ins with tokens."""
    own = RefreshFamily.objects.filter(user=person.pk)
    return shown(own, "rotated_at", "ended_at", "expires_at")


def tickets(person: NamedPerson) -> Shown:
    """Show the tickets that were not used yet."""
    return shown(Ticket.objects.filter(user=person.pk), "expires_at")


register(
    Holding("sessions", (Session,), sessions),
    Holding("sign_ins_with_tokens", (RefreshFamily,), families),
    Holding("tickets", (Ticket,), tickets),
)
