"""What other processes have not journalled yet of a tutor's students, asked of those who hold them.

docs/decisions/published-where-heard.md says why the question is an announcement, too.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from realtime.broadcast import publish
from realtime.presence import connection_records
from realtime.presence.server_leases import ProcessLease
from speaktracker import db
from speaktracker.db.batching import Batch

# So many tutors' students are looked up with one query.
TUTORS_TOGETHER = 200


class JournalQuestions:
    """The questions of one process: those that come at the same time are asked together."""

    def __init__(self, lease: ProcessLease) -> None:
        self._lease = lease
        self._batch: Batch[int, None] = Batch(self._ask, TUTORS_TOGETHER)

    async def ask(self, tutor_ids: Iterable[int]) -> None:
        """Have what these tutors' students said elsewhere published again. Raises Unavailable.

        To be called when what is published for them is heard here already: a student who comes to
        a process that is not asked has it publish all that they say.
        """
        await asyncio.gather(*(self._batch.ask(tutor_id) for tutor_id in tutor_ids))

    async def _ask(self, tutor_ids: list[int]) -> list[None]:
        wanted: dict[str, list[int]] = defaultdict(list)
        for tutor_id, server_id in await db.read(
            connection_records.holders_of_students, set(tutor_ids)
        ):
            wanted[server_id].append(tutor_id)
        wanted.pop(self._lease.boot_id, None)  # its journal is its own to write
        for server_id, concerned in wanted.items():
            publish.ask_journal(server_id, concerned)
        return [None] * len(tutor_ids)
