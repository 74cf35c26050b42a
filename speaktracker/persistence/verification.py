"""Compares SQL's records with the store's items, while both go on changing."""

import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from speaktracker import clock
from speaktracker.persistence import sources
from speaktracker.persistence.base import Backend
from speaktracker.persistence.records import Key
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.tables import MARK, Attributes, Table, is_ours

_KEYS = 100
_LOOKS = 3
_LOOK_AGAIN_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Difference:
    """A key whose item is not what SQL says, with no change waiting that would mend it.

    `refusal` is what the store answered where it has refused the record as it is.
    """

    table: str
    key: Key
    kind: Literal["missing", "left over", "different"]
    attributes: tuple[str, ...] = ()
    refusal: str = ""

    def __str__(self) -> str:
        named = f": {', '.join(self.attributes)}" if self.attributes else ""
        refused = f" (refused: {self.refusal})" if self.refusal else ""
        return f"{self.table} {' '.join(self.key)} is {self.kind}{named}{refused}"


@dataclass(slots=True)
class Comparison:
    """What a comparison found; `pending` counts keys that differ and have a change waiting.

    `foreign` counts by table the items that were never ours: they are no differences.
    """

    compared: int = 0
    pending: int = 0
    differences: list[Difference] = field(default_factory=list)
    foreign: Counter[str] = field(default_factory=Counter)


def verify(backend: Backend, table: Table[Any], comparison: Comparison) -> Iterator[int]:
    """Compare one table into `comparison`; yields the number of keys of each step."""
    for records in sources.source_of(table).batches(_KEYS):
        comparison.compared += len(records)
        _compare(backend, table, list(records), comparison)
        yield len(records)
    for items in unrecorded(backend, table):
        foreign = foreign_keys(table, items)
        comparison.foreign[table.name] += len(foreign)
        ours = [key for key in items if key not in foreign]
        if ours:
            _compare(backend, table, ours, comparison)
        yield len(items)


def unrecorded(backend: Backend, table: Table[Any]) -> Iterator[dict[Key, Attributes]]:
    """Walk over the live items that SQL has no live record of, at most a hundred at a time."""
    for page in backend.scan(table):
        now = clock.epoch()
        live = [key for key, item in page.items() if table.is_live(item, now)]
        for start in range(0, len(live), _KEYS):
            keys = live[start : start + _KEYS]
            known = _items(table, keys)
            extra = {key: page[key] for key in keys if key not in known}
            if extra:
                yield extra


def foreign_keys(table: Table[Any], items: Mapping[Key, Attributes]) -> set[Key]:
    """Select those of `unrecorded` items that were never ours.

    Releases before the mark left none: what they wrote is known by its record, or by the change
    that waits to delete it.
    """
    unmarked = {key for key, item in items.items() if not is_ours(item)}
    return unmarked - backlog.pending(table.name, unmarked) if unmarked else unmarked


def left_over(backend: Backend, table: Table[Any]) -> Iterator[list[Key]]:
    """Walk over the keys of items that were ours, and that SQL has no live record of."""
    for items in unrecorded(backend, table):
        foreign = foreign_keys(table, items)
        ours = [key for key in items if key not in foreign]
        if ours:
            yield ours


def foreign_items(backend: Backend, table: Table[Any]) -> Iterator[set[Key]]:
    """Walk over the keys of live items that were never ours."""
    for items in unrecorded(backend, table):
        foreign = foreign_keys(table, items)
        if foreign:
            yield foreign


def differences(
    backend: Backend, table: Table[Any], keys: Collection[Key]
) -> dict[Key, Difference]:
    """Compare the live records and live items of `keys` as they are now, once."""
    wanted, now = _items(table, keys), clock.epoch()
    stored = {k: i for k, i in backend.read(table, keys).items() if table.is_live(i, now)}
    found: dict[Key, Difference] = {}
    for key in keys:
        record, item = wanted.get(key), stored.get(key)
        if record is not None and item is not None:
            names = sorted(record.keys() | item.keys())
            unequal = tuple(name for name in names if record.get(name) != item.get(name))
            if unequal == (MARK,) and MARK not in item:
                continue  # a release before the mark wrote it, and the next change will add it
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
    left = {key: entry for key, entry in found.items() if key not in waiting}
    refused = backlog.refusals(table.name, left)
    comparison.differences += [
        replace(entry, refusal=refused.get(key, "")) for key, entry in left.items()
    ]


def _items(table: Table[Any], keys: Collection[Key]) -> Mapping[Key, Attributes]:
    """Read SQL's live records as the items that they should be."""
    now = clock.epoch()
    records = sources.source_of(table).read(keys)
    items = {key: table.item(record) for key, record in records.items() if record is not None}
    return {key: item for key, item in items.items() if table.is_live(item, now)}
