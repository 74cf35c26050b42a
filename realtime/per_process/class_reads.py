"""What the dashboards of a process read of SQL at the same time, read together.

Each looks every few seconds whether it is behind, and all of them do after a gap. A look is two
queries for all that wait, and brings no more than it takes to compare; whom some are behind of is
read with one more.
"""

from collections.abc import Collection, Iterable
from itertools import chain

from realtime.presence.class_rules import Student
from realtime.presence.snapshot import ClassOutline, read_by_id, read_outlines
from speaktracker import db
from speaktracker.db.batching import Batch

# A hundred classes of twenty are read in some milliseconds, of five hundred in a tenth of a second.
TUTORS_TOGETHER = 100


class ClassReads:
    """The looks of one process's dashboards; each raises Unavailable."""

    def __init__(self) -> None:
        self._outlines: Batch[int, ClassOutline] = Batch(_outlines, TUTORS_TOGETHER)
        self._students: Batch[Collection[int], list[Student]] = Batch(_students, TUTORS_TOGETHER)

    async def outline(self, tutor_id: int) -> ClassOutline:
        """Read whom a tutor sees, own and lent, with their groups and versions."""
        return await self._outlines.ask(tutor_id)

    async def students(self, student_ids: Collection[int]) -> list[Student]:
        """Read students as a snapshot shows them; those who were deleted are left out."""
        return await self._students.ask(student_ids) if student_ids else []


async def _outlines(tutor_ids: Iterable[int]) -> list[ClassOutline]:
    tutor_ids = list(tutor_ids)
    found = await db.read(read_outlines, set(tutor_ids))
    return [found[tutor_id] for tutor_id in tutor_ids]


async def _students(wanted: Collection[Collection[int]]) -> list[list[Student]]:
    read = await db.read(read_by_id, set(chain(*wanted)))
    found = {student.student_id: student for student in read}
    return [[found[one] for one in some if one in found] for some in wanted]
