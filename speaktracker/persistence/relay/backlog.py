"""The relay's side of the outbox: what is due, and what became of it. All of it is plain SQL."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import models, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from speaktracker.persistence.models import WAITING, Change
from speaktracker.persistence.outbox import as_key, as_text
from speaktracker.persistence.records import Key

_PURGE_ROWS = 2_000


@dataclass(slots=True)
class Settlement:
    """What became of due rows, by their numbers; rows not named stay due."""

    done: list[int] = field(default_factory=list)
    # Written, but an earlier call without an answer may still be carried out: see `Pace`.
    again: list[int] = field(default_factory=list)
    # Not before so many seconds.
    later: dict[int, float] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)


def in_seconds(seconds: float) -> "ExpressionWrapper[CombinedExpression]":
    """Say a moment on the database's clock, `seconds` from now."""
    moment = Now() + Value(timedelta(seconds=seconds))
    return ExpressionWrapper(moment, output_field=DateTimeField())


def due(table: str, limit: int) -> dict[Key, list[int]]:
    """Find the keys that wait longest, each with the numbers of the rows that name it."""
    rows = (
        Change.objects.filter(WAITING, table=table, due_at__lte=Now())
        .order_by("due_at", "id")
        .values_list("key", "id")[:limit]
    )
    found: dict[Key, list[int]] = {}
    for text, number in rows:
        found.setdefault(as_key(text), []).append(number)
    return found


def pending(table: str, keys: Iterable[Key]) -> set[Key]:
    """Tell which of `keys` have a change that is not written yet, due or not."""
    texts = {as_text(key) for key in keys}
    rows = Change.objects.filter(WAITING, table=table, key__in=texts)
    return {as_key(text) for text in rows.values_list("key", flat=True)}


def queue(table: str, keys: Iterable[Key], seconds: float = 0) -> int:
    """Queue keys without a change of their records, due in `seconds`; returns the last number."""
    due_at = in_seconds(seconds)
    rows = [Change(table=table, key=as_text(key), due_at=due_at) for key in keys]
    Change.objects.bulk_create(rows, batch_size=500)
    return max((row.pk for row in rows), default=0)


@transaction.atomic
def settle(settlement: Settlement, again_seconds: float) -> None:
    """Write down what became of due rows."""
    _done(settlement.done)
    if settlement.again:
        _of(settlement.again).update(due_at=in_seconds(again_seconds))
    for seconds in set(settlement.later.values()):
        rows = [number for number, wait in settlement.later.items() if wait == seconds]
        _of(rows).update(due_at=in_seconds(seconds))
    for number, error in settlement.refused.items():
        _set_aside(number, error)


def _done(numbers: Collection[int]) -> None:
    if not numbers:
        return
    _of(numbers).update(done_at=Now())
    if _set_aside_rows().exists():
        # What was set aside of a key is settled by a later change of it.
        for change in _of(numbers):
            older = _set_aside_rows().filter(table=change.table, key=change.key)
            older.filter(id__lt=change.pk).update(done_at=Now())


def _set_aside(number: int, error: str) -> None:
    _of([number]).update(set_aside_at=Now(), error=error, attempts=F("attempts") + 1)
    for change in _of([number]):
        # One row tells the operator about the key; it names no value, so the last says it all.
        same = _set_aside_rows().filter(table=change.table, key=change.key)
        same.exclude(pk=change.pk).update(done_at=Now())


def write_again(seconds: float) -> int:
    """Make what was done in the last `seconds` due again; returns how many rows."""
    recent = Change.objects.filter(done_at__gt=in_seconds(-seconds))
    return recent.update(done_at=None, set_aside_at=None, due_at=Now())


def retry(numbers: Collection[int]) -> int:
    """Make changes that were set aside due again; returns how many."""
    rows = _set_aside_rows().filter(pk__in=numbers)
    return rows.update(set_aside_at=None, due_at=Now())


def purge(seconds: float) -> int:
    """Delete a bounded number of rows done before the last `seconds`; returns how many."""
    old = Change.objects.filter(done_at__lte=in_seconds(-seconds)).order_by("done_at")
    number, _ = Change.objects.filter(pk__in=old.values("pk")[:_PURGE_ROWS]).delete()
    return number


def _of(numbers: Collection[int]) -> models.QuerySet[Change]:
    return Change.objects.filter(pk__in=numbers)


def _set_aside_rows() -> models.QuerySet[Change]:
    return Change.objects.filter(set_aside_at__isnull=False, done_at__isnull=True)
