"""What keeps tables from being mirrored, for operators: in the log, and beside the lease in SQL."""

import logging
import re
from typing import Final

from speaktracker import db, logs
from speaktracker.exceptions import Unavailable
from speaktracker.persistence.relay import relay_lease
from speaktracker.persistence.relay.relay_lease import RelayLeaseHolder

FIGURE: Final = re.compile(r"\d+")


class Troubles:
    """The trouble of each table, told again after each take-over, since that clears the note."""

    def __init__(self, lease: RelayLeaseHolder) -> None:
        self._lease = lease
        self._term = 0
        self._of_tables: dict[str, str] = {}

    async def report(self, table: str, trouble: str) -> None:
        """Log and note what troubles the table of this name, once; empty when it is over.

        Another figure, such as by how much a clock is off, makes no other trouble.
        """
        if self._term != self._lease.term:
            self._term, self._of_tables = self._lease.term, {}
        known = self._of_tables.get(table)
        if known is not None and FIGURE.sub("", known) == FIGURE.sub("", trouble):
            return
        self._of_tables[table] = trouble
        if trouble:
            logs.event("error", status="error", level=logging.ERROR, error=trouble, table=table)
        sentences = {FIGURE.sub("", text): text for text in self._of_tables.values() if text}
        try:
            await db.write(
                relay_lease.note_trouble, self._lease.owner, " ".join(sentences.values())
            )
        except Unavailable:
            self._of_tables.pop(table, None)  # said again at the next chance
