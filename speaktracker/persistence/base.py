"""What the mirror asks of a store, and how a store says no."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from speaktracker.exceptions import Unavailable
from speaktracker.persistence.records import Key
from speaktracker.persistence.tables import Attributes, Table


class StoreUnavailable(Unavailable):
    """The store did not take this now; the sentence tells an operator why and what to do.

    `maybe_done` is set where no answer came: the store may carry it out yet, even later.
    """

    def __init__(self, sentence: str, *, maybe_done: bool = False) -> None:
        super().__init__(sentence)
        self.maybe_done = maybe_done


class StoreMisconfigured(StoreUnavailable):
    """The store will not take this before somebody mends the set-up."""


class ChangeRefused(Exception):
    """The store will never take one of these changes as it is."""


@dataclass(frozen=True, slots=True)
class Write:
    """A record to put, or a key to delete where there is no record."""

    table: Table[Any]
    key: Key
    record: object | None


class Backend(ABC):
    """A store for the mirror; every method blocks, is bounded in time and may be called in threads.

    All raise StoreUnavailable, and StoreMisconfigured where waiting will not help.
    """

    write_limit = 25

    @abstractmethod
    def ensure_tables(self) -> Iterator[str]:
        """Make what is missing, safe to repeat; yields a sentence for each thing done."""

    @abstractmethod
    def check(self, table: Table[Any]) -> None:
        """Raise unless `table` is there with its keys."""

    @abstractmethod
    def troubles(self, table: Table[Any]) -> Iterator[str]:
        """Yield a sentence for each thing to mend at `table`, having changed nothing."""

    @abstractmethod
    def write(self, writes: Sequence[Write]) -> list[Write]:
        """Carry out writes of one table and of different keys, at most `write_limit`.

        Returns those the store left undone this time; raises ChangeRefused, having done none.
        """

    @abstractmethod
    def read(self, table: Table[Any], keys: Collection[Key]) -> dict[Key, Attributes]:
        """Read the items of `keys`, consistently; absent ones are left out."""

    @abstractmethod
    def scan(self, table: Table[Any]) -> Iterator[dict[Key, Attributes]]:
        """Walk over every item, a page at a time."""

    @abstractmethod
    def find_by_address(self, table: Table[Any], address: str) -> Iterator[Key]:
        """Find the items of whom a key or an index is led by an e-mail address."""


class NoMirror(Backend):
    """The backend of MIRROR=off: keeps nothing."""

    def ensure_tables(self) -> Iterator[str]:
        return iter(())

    def check(self, table: Table[Any]) -> None:
        pass

    def troubles(self, table: Table[Any]) -> Iterator[str]:  # noqa: ARG002
        return iter(())

    def write(self, writes: Sequence[Write]) -> list[Write]:  # noqa: ARG002
        return []

    def read(self, table: Table[Any], keys: Collection[Key]) -> dict[Key, Attributes]:  # noqa: ARG002
        return {}

    def scan(self, table: Table[Any]) -> Iterator[dict[Key, Attributes]]:  # noqa: ARG002
        return iter(())

    def find_by_address(self, table: Table[Any], address: str) -> Iterator[Key]:  # noqa: ARG002
        return iter(())
