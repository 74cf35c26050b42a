"""Compares SQL's records with the store's items, while both go on changing."""

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from speaktracker.persistence import sources
from speaktracker.persistence.base import Backend
from speaktracker.persistence.records import Key
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.tables import Attributes, Table

_KEYS = 100
_LOOKS = 3
_LOOK_AGAIN_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Difference:
    """A key whose item is not what SQL says, with no change waiting that would mend it."""

    table: str
    key: Key
    kind: Literal["missing", "left over", "different"]
    attributes: tuple[str, ...] = ()

    def __str__(self) -> str:
        named = f": {', '.join(self.attributes)}" if self.attributes else ""
        return f"{self.table} {' '.join(self.key)} is {self.kind}{named}"


@dataclass(slots=True)
class Comparison:
    """What a comparison found; `pending` counts keys that differ and have a change waiting."""

    compared: int = 0
    pending: int = 0
    differences: list[Difference] = field(default_factory=list)


def verify(backend: Backend, table: Table[Any], comparison: Comparison) -> Iterator[int]:
    """Compare one table into `comparison`; yields the number of keys of each step."""
    for records in sources.source_of(table).batches(_KEYS):
        comparison.compared += len(records)
        _compare(backend, table, list(records), comparison)
        yield len(records)
    for keys in left_over(backend, table):
        _compare(backend, table, keys, comparison)
        yield len(keys)


def left_over(backend: Backend, table: Table[Any]) -> Iterator[list[Key]]:
    """Walk over the keys whose live items SQL has no live record of."""
    for page in backend.scan(table):
        now = time.time()
        live = [key for key, item in page.items() if table.is_live(item, now)]
        for start in range(0, len(live), _KEYS):
            keys = live[start : start + _KEYS]
            known = _items(table, keys)
            extra = [key for key in keys if key not in known]
            if extra:
                yield extra


def differences(
    backend: Backend, table: Table[Any], keys: Collection[Key]
) -> dict[Key, Difference]:
    """Compare the live records and live items of `keys` as they are now, once."""
    wanted, now = _items(table, keys), time.time()
    stored = {k: i for k, i in backend.read(table, keys).items() if table.is_live(i, now)}
    found: dict[Key, Difference] = {}
    for key in keys:
        record, item = wanted.get(key), stored.get(key)
        if record is not None and item is not None:
            names = sorted(record.keys() | item.keys())
            unequal = tuple(name for name in names if record.get(name) != item.get(name))
            if unequal:
                found[key] = Difference(table.name, key, "different", unequal)
        elif record is not None:
            found[key] = Difference(table.name, key, "missing")
        elif item is not None:
            found[key] = Difference(table.name, key, "left over")
    return found


def _compare(backend: Backend, table: Table[Any], keys: list[Key], comparison: Comparison) -> None:
    """Compare keys; what differs is looked at again, since a change may have come in between."""
    suspects = keys
    found: dict[Key, Difference] = {}
    for look in range(_LOOKS):
        waiting = backlog.pending(table.name, suspects)
        found = differences(backend, table, suspects)
        suspects = list(found)
        if not suspects:
            return
        if look == 0 and waiting.issuperset(suspects):
            break
        time.sleep(_LOOK_AGAIN_SECONDS)
    waiting = backlog.pending(table.name, suspects)
    comparison.pending += len(waiting)
    comparison.differences += [entry for key, entry in found.items() if key not in waiting]


def _items(table: Table[Any], keys: Collection[Key]) -> Mapping[Key, Attributes]:
    """Read SQL's live records as the items that they should be."""
    now = time.time()
    records = sources.source_of(table).read(keys)
    items = {key: table.item(record) for key, record in records.items() if record is not None}
    return {key: item for key, item in items.items() if table.is_live(item, now)}
