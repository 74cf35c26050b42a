"""Gathers who changed in a transaction, and tells it in one signal after the commit."""

from collections.abc import Iterable

from django.apps import apps
from django.db import transaction
from django.db.models import F
from django.dispatch import Signal

from speaktracker.roster.signals import mapping_changed, people_changed

REVISION_ROW = 1


class Announcement:
    """The people one signal will name once the transaction has committed."""

    def __init__(self, signal: Signal, keyword: str) -> None:
        self.signal = signal
        self.keyword = keyword
        self.people: set[int] = set()
        self.is_told = False

    def __call__(self) -> None:
        self.is_told = True
        # Robust: the change stands already, a listener that fails must not make it look failed.
        self.signal.send_robust(sender=None, **{self.keyword: sorted(self.people)})


@transaction.atomic(savepoint=False)
def announce_mappings(student_ids: Iterable[int]) -> None:
    """Bump the roster's revision now and name `student_ids` after the commit."""
    students = set(student_ids)
    if students and _gather(mapping_changed, "student_ids", students):
        _bump_revision()


@transaction.atomic(savepoint=False)
def announce_people(user_ids: Iterable[int]) -> None:
    """Name `user_ids` after the commit as changed or deleted."""
    people = set(user_ids)
    if people:
        _gather(people_changed, "user_ids", people)


def _gather(signal: Signal, keyword: str, people: set[int]) -> bool:
    """Add `people` to this transaction's announcement; true when it is a new one."""
    waiting = _waiting(signal)
    is_new = waiting is None
    if waiting is None:
        waiting = Announcement(signal, keyword)
        transaction.on_commit(waiting)
    waiting.people |= people
    return is_new


def _waiting(signal: Signal) -> Announcement | None:
    """Find an announcement of this transaction that no savepoint can take back without us.

    One of an outer block will do: should only our block be rolled back, it names people who did
    not change, which harms nobody; the other way round a change would go untold.
    """
    connection = transaction.get_connection()
    ours = {None, *connection.savepoint_ids}
    for registered_in, call, *_ in connection.run_on_commit:
        if not isinstance(call, Announcement) or call.is_told or call.signal is not signal:
            continue
        if registered_in <= ours:
            return call
    return None


def _bump_revision() -> None:
    revisions = apps.get_model("roster", "RosterRevision").objects
    if not revisions.filter(pk=REVISION_ROW).update(number=F("number") + 1):
        # The first change ever; of two at once, the second waits for the first one's row.
        revisions.get_or_create(pk=REVISION_ROW)
        revisions.filter(pk=REVISION_ROW).update(number=F("number") + 1)
