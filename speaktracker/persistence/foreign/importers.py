"""Who takes a table's foreign items into SQL: whoever owns its records registers an importer."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from speaktracker.persistence.records import Key
from speaktracker.persistence.tables import TABLES, Attributes, Table

# Selects those of some keys under which the table has an item.
Occupied = Callable[[Collection[Key]], Collection[Key]]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Whether to make users for addresses that nobody has, and whether to write at all."""

    create_users: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class ImportCounts:
    """What became of items; `bad` counts by reason, with the key of one of each in `examples`.

    `strangers` are addresses of whom no user exists, `created` those who were made.
    """

    taken: int = 0
    known: int = 0
    expired: int = 0
    no_user: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Key] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    created: set[str] = field(default_factory=set)

    def note_bad(self, key: Key, reason: str) -> None:
        """Count an item that stays where it is."""
        self.bad[reason] += 1
        self.examples.setdefault(reason, key)

    def add(self, other: "ImportCounts") -> None:
        """Add what became of other items."""
        self.taken += other.taken
        self.known += other.known
        self.expired += other.expired
        self.no_user += other.no_user
        self.bad += other.bad
        self.examples = {**other.examples, **self.examples}
        self.strangers |= other.strangers
        self.created |= other.created


class ForeignRow(Protocol):
    """An item that was read: whose it is, when it was, and whether SQL would name it otherwise."""

    @property
    def key(self) -> Key:
        """Name the item as it stands in the table."""
        ...

    @property
    def student_email(self) -> str:
        """Say whose it is, as addresses are stored."""
        ...

    @property
    def moment(self) -> datetime:
        """Say by what time a student's are ordered."""
        ...

    @property
    def is_renamed(self) -> bool:
        """Tell whether its record's key is another than the item's."""
        ...


F = TypeVar("F", bound=ForeignRow)


class Importer(Protocol[F]):
    """Takes the foreign items of a table."""

    row_type: type[F]

    def read(self, key: Key, item: Attributes) -> F:
        """Read a live item; raises BadItem."""
        ...

    def take(self, rows: Sequence[F], options: ImportOptions, occupied: Occupied) -> ImportCounts:
        """Make the records of rows, those that are there already left out, in one transaction.

        Raises IntegrityError where somebody makes the same meanwhile: to be tried again.
        """
        ...


_registered: dict[str, Importer[Any]] = {}


def register(table: Table[Any], importer: Importer[Any]) -> None:
    """Name the one importer of `table`; to be called at start-up."""
    _registered[table.name] = importer


def importer_of(table: Table[Any]) -> Importer[Any]:
    """Find the importer of `table`; raises KeyError where none was registered."""
    return _registered[table.name]


def imported_tables() -> list[Table[Any]]:
    """List the tables whose items can be taken."""
    return [table for table in TABLES if table.name in _registered]
