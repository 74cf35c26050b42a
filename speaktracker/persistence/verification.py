"""Compares SQL's records with the store's items, while both go on changing."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from speaktracker.persistence import sources
from speaktracker.persistence.base import Backend
from speaktracker.persistence.records import Key
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.tables import TABLES, Attributes, Table

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
class Verdict:
    """What a comparison found; `pending` counts keys that differ and have a change waiting."""

    compared: int = 0
    pending: int = 0
    differences: list[Difference] = field(default_factory=list)


def compared_tables() -> list[Table[Any]]:
    """List the tables whose records somebody registered."""
    return [table for table in TABLES if sources.has_source(table)]


def verify(backend: Backend, table: Table[Any], verdict: Verdict) -> Iterator[int]:
    """Compare one table into `verdict`; yields the number of keys of each step."""
    for records in sources.source_of(table).batches(_KEYS):
        verdict.compared += len(records)
        _judge(backend, table, records.keys(), verdict)
        yield len(records)
    for keys in left_over(backend, table):
        _judge(backend, table, keys, verdict)
        yield len(keys)


def left_over(backend: Backend, table: Table[Any]) -> Iterator[list[Key]]:
    """Walk over the keys whose live items SQL has no live record of."""
    for page in backend.scan(table):
        now = time.time()
        for keys in _parts(key for key, item in page.items() if table.is_live(item, now)):
            known = _items(table, keys)
            extra = [key for key in keys if key not in known]
            if extra:
                yield extra


def _judge(backend: Backend, table: Table[Any], keys: Iterable[Key], verdict: Verdict) -> None:
    """Compare keys; what differs is looked at again, since a change may have come in between."""
    suspects: list[Key] = list(keys)
    found: dict[Key, Difference] = {}
    for look in range(_LOOKS):
        waiting = backlog.pending(table.name, suspects)
        found = _differences(backend, table, suspects)
        suspects = list(found)
        if not suspects:
            return
        if look == 0 and waiting.issuperset(suspects):
            break
        time.sleep(_LOOK_AGAIN_SECONDS)
    waiting = backlog.pending(table.name, suspects)
    verdict.pending += len(waiting)
    verdict.differences += [entry for key, entry in found.items() if key not in waiting]


def _differences(
    backend: Backend, table: Table[Any], keys: Collection[Key]
) -> dict[Key, Difference]:
    wanted, now = _items(table, keys), time.time()
    stored = {k: i for k, i in backend.read(table, keys).items() if table.is_live(i, now)}
    found = {}
    for key in keys:
        difference = _difference(table, key, wanted.get(key), stored.get(key))
        if difference:
            found[key] = difference
    return found


def _difference(
    table: Table[Any], key: Key, wanted: Attributes | None, stored: Attributes | None
) -> Difference | None:
    if wanted == stored:
        return None
    if stored is None:
        return Difference(table.name, key, "missing")
    if wanted is None:
        return Difference(table.name, key, "left over")
    names = sorted(wanted.keys() | stored.keys())
    unequal = tuple(name for name in names if wanted.get(name) != stored.get(name))
    return Difference(table.name, key, "different", unequal)


def _items(table: Table[Any], keys: Collection[Key]) -> Mapping[Key, Attributes]:
    """Read SQL's live records as the items that they should be."""
    now = time.time()
    records = sources.source_of(table).read(keys)
    items = {key: table.item(record) for key, record in records.items() if record is not None}
    return {key: item for key, item in items.items() if table.is_live(item, now)}


def _parts(keys: Iterable[Key]) -> Iterator[list[Key]]:
    rest = iter(keys)
    return iter(lambda: list(islice(rest, _KEYS)), [])
