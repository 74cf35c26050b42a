"""Gathers who changed in a transaction, and announces it in one signal after the commit."""

from collections.abc import Iterable
from itertools import chain
from typing import Self
from weakref import WeakKeyDictionary

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.dispatch import Signal

from speaktracker.roster.signals import loans_changed, mapping_changed, people_changed

# Where among a connection's hooks each signal's announcement stood last: of ten thousand rows that
# go in one transaction, each would search among as many hooks of others otherwise.
_positions: WeakKeyDictionary[BaseDatabaseWrapper, dict[Signal, int]] = WeakKeyDictionary()


class RosterAnnouncement:
    """The people one signal will name once the transaction has committed."""

    def __init__(self, signal: Signal, keyword: str) -> None:
        self.signal = signal
        self.keyword = keyword
        self.people: set[int] = set()
        self.is_sent = False

    def __call__(self) -> None:
        self.is_sent = True
        # Robust: the change stands already, a listener that fails must not make it look failed.
        self.signal.send_robust(sender=None, **{self.keyword: sorted(self.people)})

    @classmethod
    def waiting(cls, signal: Signal) -> Self | None:
        """Find an announcement of this transaction that no savepoint can take back without us.

        One of an outer block will do: should only our block be rolled back, it names people who did
        not change, which harms nobody; the other way round a change would go unannounced.
        """
        connection = transaction.get_connection()
        ours = {None, *connection.savepoint_ids}
        hooks = connection.run_on_commit
        positions = _positions.setdefault(connection, {})
        last = positions.get(signal, 0)
        # A rollback takes hooks away, and later ones move up: then it is searched for anew.
        for position, hook in chain(enumerate(hooks[last : last + 1], last), enumerate(hooks)):
            registered_in, call, *_ = hook
            if not isinstance(call, cls) or call.signal is not signal or call.is_sent:
                continue
            if registered_in <= ours:
                positions[signal] = position
                return call
        return None


@transaction.atomic(savepoint=False)
def announce_mappings(student_ids: Iterable[int]) -> None:
    """Name `student_ids` after the commit as having another tutor, or none."""
    students = set(student_ids)
    if students:
        _gather(mapping_changed, "student_ids", students)


@transaction.atomic(savepoint=False)
def announce_people(user_ids: Iterable[int]) -> None:
    """Name `user_ids` after the commit as changed or deleted."""
    people = set(user_ids)
    if people:
        _gather(people_changed, "user_ids", people)


@transaction.atomic(savepoint=False)
def announce_loans(substitute_ids: Iterable[int]) -> None:
    """Name `substitute_ids` after the commit as lent others than before."""
    people = set(substitute_ids)
    if people:
        _gather(loans_changed, "user_ids", people)


def _gather(signal: Signal, keyword: str, people: set[int]) -> None:
    waiting = RosterAnnouncement.waiting(signal)
    if waiting is None:
        waiting = RosterAnnouncement(signal, keyword)
        transaction.on_commit(waiting)
    waiting.people |= people
