"""Where the mirror reads current records: whoever owns a table's records registers a source."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from speaktracker.persistence.records import Key
from speaktracker.persistence.tables import Table

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Source(Protocol[R_co]):
    """Reads current records from SQL; one past its `ttl` counts as absent.

    Both methods run in a thread, outside any transaction, and may raise the database's own errors.
    """

    def read(self, keys: Collection[Key]) -> Mapping[Key, R_co | None]:
        """Find the records of `keys`; what is absent is None or left out."""
        ...

    def batches(self, size: int) -> Iterator[Mapping[Key, R_co]]:
        """Walk over every record, at most `size` at a time."""
        ...


_registered: dict[str, Source[Any]] = {}


def register(table: Table[R], source: Source[R]) -> None:
    """Name the one source of `table`'s records; to be called at start-up."""
    _registered[table.name] = source


def source_of(table: Table[R]) -> Source[R]:
    """Find the source of `table`; raises LookupError before it was registered."""
    return _registered[table.name]


def has_source(table: Table[Any]) -> bool:
    """Tell whether anybody registered `table`'s records."""
    return table.name in _registered
