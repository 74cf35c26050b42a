"""Rows laid down in a temporary file and taken from it in order; a million need no memory."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Generic

import msgspec

from speaktracker.persistence.foreign.importers import F


class Spool(Generic[F]):
    """Rows of one type, the texts of people among them: the file is private, and has no name."""

    def __init__(self, file: sqlite3.Connection, row_type: type[F]) -> None:
        self._file = file
        self._decoder = msgspec.msgpack.Decoder(row_type)
        file.execute("CREATE TABLE spooled (student TEXT, moment REAL, renamed INT, row BLOB)")

    def add(self, rows: Iterable[F]) -> None:
        """Lay rows down."""
        self._file.executemany(
            "INSERT INTO spooled VALUES (?, ?, ?, ?)",
            (
                (r.student_email, r.moment.timestamp(), r.is_renamed, msgspec.msgpack.encode(r))
                for r in rows
            ),
        )

    def __len__(self) -> int:
        (count,) = self._file.execute("SELECT count(*) FROM spooled").fetchone()
        return int(count)

    def batches(self, size: int) -> Iterator[list[F]]:
        """Take the rows student by student, in order of time; of one moment, renamed ones last."""
        cursor = self._file.execute("SELECT row FROM spooled ORDER BY student, moment, renamed")
        while found := cursor.fetchmany(size):
            yield [self._decoder.decode(row) for (row,) in found]


@contextmanager
def spool_of(row_type: type[F]) -> Iterator[Spool[F]]:
    """Open a spool, whose file is gone at the end, or with the process."""
    # An empty name is a temporary file of SQLite's, unlinked as it is opened.
    with closing(sqlite3.connect("", isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode = OFF")
        yield Spool(file, row_type)
