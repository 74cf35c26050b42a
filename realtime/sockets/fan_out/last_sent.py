"""What one dashboard was last sent of each student: so that it is told what is news, and once.

It drops what is older than what was sent, and joins and leaves that would change nothing, so that
they alternate at each dashboard even over an at-most-once layer. No I/O.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from typing import Any

from msgspec import Struct

from realtime.presence.class_rules import Action, Student, StudentChange

Event = dict[str, Any]


class SentStudent(Struct, gc=False):
    """What dashboards were last sent of one student; `event` is the publication it came by.

    Those of a tutor share it as long as they were sent the same; their board alone changes it.
    """

    version: int
    in_class: bool
    event: Event | None = None

    def admit(self, version: int, in_class: bool, event: Event | None = None) -> Action | None:
        """Say as what a change is to be sent, and count it as sent; None for what is no news."""
        if version <= self.version:
            return None
        # Counted as sent before it is: what is put into a write queue is never dropped for nothing.
        self.version = version
        self.event = event
        if self.in_class == in_class:
            return "update"
        # Which transition it is follows from what was shown, not from what is published: one that
        # was lost makes the next one a repetition, and a repetition is no news but for its data.
        self.in_class = in_class
        return "student_joined" if in_class else "student_left"


class LastSent:
    """The students of one dashboard, each with what it was last sent of them."""

    def __init__(self) -> None:
        self._sent: dict[int, SentStudent] = {}
        # As the last snapshot had them.
        self._groups: dict[int, str] = {}

    def seed(self, students: Iterable[Student]) -> None:
        """Remember a whole snapshot that is sent; what was newer before stays known."""
        before = self._sent
        self._sent, self._groups = {}, {}
        for student in students:
            self._groups[student.student_id] = student.circumstances.group
            known = before.get(student.student_id)
            # An update may be ahead of the SQL that the snapshot was read from.
            if known is None or known.version < student.version:
                known = SentStudent(student.version, student.in_class)
            self._sent[student.student_id] = known

    def newer_than(self, student: Student) -> Event | None:
        """Find the publication of something newer than `student`, which SQL does not have yet."""
        known = self._sent.get(student.student_id)
        return known.event if known is not None and known.version > student.version else None

    def is_of(self, groups: Mapping[int, str]) -> bool:
        """Tell whether these are the students on this dashboard, in the groups that were sent."""
        return groups.keys() == self._sent.keys() and groups == self._groups

    def behind(self, versions: Mapping[int, int]) -> list[int]:
        """List those of this dashboard's students of whom it was not sent these versions yet."""
        sent = self._sent
        return [pk for pk, version in versions.items() if pk in sent and sent[pk].version < version]

    def is_on_roster(self, student_id: int) -> bool:
        """Tell whether the student is one of this dashboard's."""
        return student_id in self._sent

    def is_any_on_roster(self, student_ids: Iterable[int]) -> bool:
        """Tell whether one of these students at least is this dashboard's."""
        return not self._sent.keys().isdisjoint(student_ids)

    def add(self, student_id: int) -> None:
        """Put a student on the roster who was just assigned; a join may follow."""
        # Below every version, so that the join which follows is news even if it is numbered 0.
        self._sent.setdefault(student_id, SentStudent(-1, False))

    def remove(self, student_id: int) -> None:
        """Take a student off the roster who was just removed."""
        self._sent.pop(student_id, None)

    def admit(
        self, student_id: int, version: int, in_class: bool, event: Event | None = None
    ) -> Action | None:
        """Admit a change for this dashboard alone; None for what is no news, or of a stranger."""
        known = self._sent.get(student_id)
        if known is None or version <= known.version:
            return None
        # Others may share what is known: it stays theirs.
        mine = self._sent[student_id] = copy(known)
        return mine.admit(version, in_class, event)

    def separate(self) -> None:
        """Share nothing any more with other dashboards."""
        self._sent = {student_id: copy(known) for student_id, known in self._sent.items()}

    def of(self, student_id: int) -> SentStudent | None:
        """Find what was last sent of a student, if they are this dashboard's."""
        return self._sent.get(student_id)

    def share(self, student_id: int, sent: SentStudent) -> None:
        """Know a student by what other dashboards were sent, too."""
        self._sent[student_id] = sent

    def missing(self, truth: Iterable[Student]) -> Iterator[StudentChange]:
        """Find what this dashboard was not sent; each find counts as sent."""
        for student in truth:
            action = self.admit(student.student_id, student.version, student.in_class)
            if action == "student_left":
                yield StudentChange(
                    action, student, "finished" if student.online else "disconnected"
                )
            elif action:
                yield StudentChange(action, student)

    def roster(self) -> set[int]:
        """Return the ids of the students on this dashboard."""
        return set(self._sent)

    def shows_in_class(self, student_id: int) -> bool:
        """Tell whether this dashboard shows the student in class."""
        known = self._sent.get(student_id)
        return known is not None and known.in_class
