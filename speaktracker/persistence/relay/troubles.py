"""What keeps tables from being mirrored, for operators: in the log, and beside the lease in SQL."""

import logging
import re
from typing import Final

from speaktracker import db, logs
from speaktracker.exceptions import Unavailable
from speaktracker.persistence.relay.relay_lease import RelayLeaseHolder
from speaktracker.persistence.relay.share_division import note_trouble

FIGURE: Final = re.compile(r"\d+")


class Troubles:
    """The trouble of each table, told again after each take-over, since that clears the note."""

    def __init__(self, lease: RelayLeaseHolder) -> None:
        self._lease = lease
        self._term = 0
        self._of_tables: dict[str, str] = {}

    async def report(self, table: str, trouble: str) -> None:
        """Log and note what troubles the table of this name, once; empty when it is over.

        Another figure, such as by how much a clock is off, makes no other trouble, nor does
        another table: what all are refused for, such as keys that have run out, is one line.
        """
        if self._term != self._lease.term:
            self._term, self._of_tables = self._lease.term, {}
        kinds = {name: FIGURE.sub("", text) for name, text in self._of_tables.items()}
        kind = FIGURE.sub("", trouble)
        if kinds.get(table) == kind:
            return
        self._of_tables[table] = trouble
        if trouble and kind not in kinds.values():
            logs.event("error", status="error", level=logging.ERROR, error=trouble)
        sentences = {FIGURE.sub("", text): text for text in self._of_tables.values() if text}
        try:
            await db.write(note_trouble, self._lease.name, " ".join(sentences.values()))
        except Unavailable:
            self._of_tables.pop(table, None)  # said again at the next chance
