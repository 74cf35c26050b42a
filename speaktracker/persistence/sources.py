"""Where the mirror reads current records: whoever owns a table's records registers a source."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from speaktracker.persistence.records import Key
from speaktracker.persistence.tables import TABLES, Table

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class RecordSource(Protocol[R_co]):
    """Reads current records from SQL; one past its `ttl` counts as absent.

    Both methods run in a thread, outside any transaction, and may raise the database's own errors.
    """

    def read(self, keys: Collection[Key]) -> Mapping[Key, R_co | None]:
        """Find the records of `keys`; what is absent is None or left out."""
        ...

    def batches(self, size: int) -> Iterator[Mapping[Key, R_co]]:
        """Walk over every record, at most `size` at a time."""
        ...


_registered: dict[str, RecordSource[Any]] = {}


def register(table: Table[R], source: RecordSource[R]) -> None:
    """Name the one source of `table`'s records; to be called at start-up."""
    _registered[table.name] = source


def source_of(table: Table[R]) -> RecordSource[R]:
    """Find the source of `table`; raises KeyError where none was registered."""
    return _registered[table.name]


def registered_tables() -> list[Table[Any]]:
    """List the tables whose records somebody registered."""
    return [table for table in TABLES if table.name in _registered]
