"""A student's question: asked, seen, answered or withdrawn, each under their presence's lock.

It stands in the presence row, so that it outlives sockets and processes. Every function returns
what has to be announced once it has committed.
"""

from django.db import transaction
from msgspec.structs import replace

from realtime.models import Presence
from realtime.presence import locks, transitions
from realtime.presence.circumstances import HelpCall
from realtime.presence.news import News
from realtime.presence.presence_rows import help_of
from realtime.protocol.field_types import HelpState
from speaktracker.clock import now
from speaktracker.roster.loans.selectors import charge_of


class NotInClass(Exception):
    """Only who is in class can ask for help."""


class NotOwnStudent(Exception):
    """The address is neither of a student of this tutor nor of one lent to them, or nobody's."""


@transaction.atomic
def ask(student_id: int, note: str = "") -> list[News]:
    """Ask for a student in class; asking again keeps the first time, and takes a new `note`.

    Raises NotInClass.
    """
    note = note.strip()
    presence = locks.presences([student_id]).get(student_id)
    if presence is None or not presence.in_class:
        raise NotInClass
    call = _open_call(presence)
    if call is None:
        moment = now()
        return transitions.change(presence, help=HelpCall("asked", moment, moment, note))
    if note in ("", call.note):
        return []
    return transitions.change(presence, help=replace(call, note=note))


@transaction.atomic
def withdraw(student_id: int) -> list[News]:
    """Take a student's question back; harmless when there is none."""
    return _end(student_id, "withdrawn")


@transaction.atomic
def answer(student_id: int) -> list[News]:
    """Take a student's question for answered; harmless when there is none."""
    return _end(student_id, "answered")


@transaction.atomic
def see(tutor_id: int, student_email: str) -> list[News]:
    """Note that a tutor has seen that their student asks; raises NotOwnStudent."""
    charge = charge_of(tutor_id, student_email)
    if charge is None:
        raise NotOwnStudent
    presence = locks.presences([charge.student_id]).get(charge.student_id)
    call = _open_call(presence)
    if presence is None or call is None or call.state == "seen":
        return []
    moment = now()
    return transitions.change(presence, help=replace(call, state="seen", at=moment, seen_at=moment))


def _open_call(presence: Presence | None) -> HelpCall | None:
    call = help_of(presence) if presence else None
    return call if call and call.is_open else None


def _end(student_id: int, state: HelpState) -> list[News]:
    presence = locks.presences([student_id]).get(student_id)
    call = _open_call(presence)
    if presence is None or call is None:
        return []
    return transitions.change(presence, help=replace(call, state=state, at=now()))
