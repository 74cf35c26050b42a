"""The relay's side of the outbox: what is due, and what became of it. All of it is plain SQL."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import models, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from speaktracker.clock import now
from speaktracker.db.bulk_update import update_rows
from speaktracker.db.rows.given_values import AnyOf
from speaktracker.persistence.models import WAITING, Change
from speaktracker.persistence.records import SHARES, UNSORTED, Key, as_key, as_text, share_of
from speaktracker.persistence.relay.due_rows import covers_all, due_rows

_PURGE_ROWS = 2_000
_SORTED_ROWS = 1_000
AS_GOOD_AS_THEN = timedelta(seconds=1)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DueKey:
    """A key to mirror now, and the numbers of the outbox rows that name it."""

    key: Key
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """What became of `rows`: due again in `due_in` seconds, or refused with `error`, else done.

    With `key`, a table and a key as the outbox has them, one row for later says enough of it.
    """

    rows: tuple[int, ...]
    due_in: float | None = None
    error: str | None = None
    key: tuple[str, str] | None = None


def in_seconds(seconds: float) -> "ExpressionWrapper[CombinedExpression]":
    """Say a moment on the database's clock, `seconds` from now."""
    moment = Now() + Value(timedelta(seconds=seconds))
    return ExpressionWrapper(moment, output_field=DateTimeField())


def due(table: str, limit: int, shares: Collection[int] = SHARES) -> list[DueKey]:
    """Find the keys of the `limit` rows that wait longest, in that order, each once."""
    numbers: dict[str, list[int]] = {}
    for text, number in due_rows(table, limit, shares):
        numbers.setdefault(text, []).append(number)
    return [DueKey(as_key(text), tuple(found)) for text, found in numbers.items()]


def sort_into_shares(table: str) -> int:
    """Give waiting rows of no share theirs, a bounded number of them; returns how many.

    Releases that know no shares write such rows, and nobody carries them over but who has all.
    """
    # Below a bound, and in its order: by an equality PostgreSQL may walk through all that waits.
    rows = Change.objects.filter(WAITING, table=table, share__lte=UNSORTED)
    rows = rows.order_by("share", "due_at", "id")
    free = rows.select_for_update(skip_locked=True)
    with transaction.atomic():
        found = list(free.values_list("key", "pk")[:_SORTED_ROWS])
        update_rows(Change, ("share", "id"), [(share_of(text), pk) for text, pk in found])
    return len(found)


def pending(table: str, keys: Iterable[Key]) -> set[Key]:
    """Find which of `keys` have a change that is not written yet, due or not."""
    texts = {as_text(key) for key in keys}
    rows = Change.objects.filter(WAITING, table=table, key__in=texts)
    return {as_key(text) for text in rows.values_list("key", flat=True)}


def refusals(table: str, keys: Iterable[Key]) -> dict[Key, str]:
    """Find what the store answered to those of `keys` that it refused, and that were set aside."""
    texts = {as_text(key) for key in keys}
    if not texts:
        return {}
    rows = _set_aside_rows().filter(table=table, key__in=texts).order_by("id")
    return {as_key(text): error for text, error in rows.values_list("key", "error")}


def keys_set_aside(table: str) -> list[Key]:
    """List the keys of a table that were set aside, the oldest first."""
    rows = _set_aside_rows().filter(table=table).order_by("set_aside_at", "id")
    return [as_key(text) for text in rows.values_list("key", flat=True)]


def queue(table: str, keys: Iterable[Key], seconds: float = 0) -> int:
    """Queue keys without a change of their records, due in `seconds`; returns the last number."""
    due_at = in_seconds(seconds)
    texts = map(as_text, keys)
    rows = [Change(table=table, key=each, share=share_of(each), due_at=due_at) for each in texts]
    Change.objects.bulk_create(rows, batch_size=500)
    return max((row.pk for row in rows), default=0)


def queue_replaced(table: str, rows: Mapping[Key, Collection[int]], seconds: float) -> None:
    """Queue in `seconds` those keys of which no row waits for later: others have replaced them."""
    numbers = [number for each in rows.values() for number in each]
    later = set(_rows(numbers).filter(WAITING, due_at__gt=Now()).values_list("pk", flat=True))
    queue(table, [key for key, each in rows.items() if later.isdisjoint(each)], seconds)


@transaction.atomic
def settle(outcomes: Collection[ChangeOutcome]) -> None:
    """Write down what became of due rows, all in one transaction; others stay due.

    As do those that somebody is about to replace by newer ones: nobody waits for them.
    """
    done = [each for each in outcomes if each.due_in is None and each.error is None]
    if done:
        mark_done(_free([number for each in done for number in each.rows]))
    if later := [each for each in outcomes if each.due_in is not None]:
        postpone(later)
    for each in outcomes:
        if each.error is not None:
            for number in each.rows:
                set_aside(number, each.error)


def postpone(outcomes: Collection[ChangeOutcome]) -> None:
    """Have rows due later; of a key that is to wait, one row alone: the others say no more."""
    free = set(_free([number for each in outcomes for number in each.rows]))
    known = _for_later({each.key for each in outcomes if each.key is not None})
    later: list[tuple[datetime, int]] = []
    needless: list[int] = []
    for each in outcomes:
        at = now() + timedelta(seconds=each.due_in or 0)
        numbers = sorted(free.intersection(each.rows))
        if each.key is not None:
            # What waits is read when it is due: it brings what has changed since as well.
            is_said = known.get(each.key, _NEVER) <= at + AS_GOOD_AS_THEN
            needless += numbers if is_said else numbers[:-1]
            numbers = [] if is_said else numbers[-1:]
        later += [(at, number) for number in numbers]
    update_rows(Change, ("due_at", "id"), later)
    _delete(_rows(needless).filter(erases=False))
    _rows(needless).update(due_at=max(later, default=(now(), 0))[0])  # those that erase


def _for_later(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], datetime]:
    """Find when the first row of each of these keys is due that is not due now."""
    if not keys:
        return {}
    rows = Change.objects.filter(WAITING, key__in={key for _, key in keys}, due_at__gt=Now())
    found = rows.order_by("-due_at").values_list("table", "key", "due_at")
    return {(table, key): due_at for table, key, due_at in found}


def mark_done(numbers: Collection[int]) -> None:
    """Note that rows were written, which also settles what was set aside of their keys before.

    Those that erase go at once: their keys name somebody of whom nothing is to be left.
    """
    _rows(numbers).update(done_at=Now())
    if _set_aside_rows().exists():
        settled = {(row.table, row.key): row.pk for row in _rows(numbers).order_by("id")}
        same_key = _set_aside_rows().filter(key__in={key for _, key in settled}).order_by()
        older = [row.pk for row in same_key if row.pk < settled.get((row.table, row.key), 0)]
        _rows(older).update(done_at=Now())
        _delete(_rows(older).filter(erases=True))
    _delete(_rows(numbers).filter(erases=True))


def set_aside(number: int, error: str) -> None:
    """Keep a refused row, with its error, for a person to look at; it is no longer due."""
    _rows([number]).update(set_aside_at=Now(), error=error, attempts=F("attempts") + 1)
    for change in _rows([number]):
        # One row tells the operator about the key; it names no value, so the last says it all.
        same = _set_aside_rows().filter(table=change.table, key=change.key)
        same.exclude(pk=change.pk).update(done_at=Now())


def make_recent_due(seconds: float, shares: Collection[int] = SHARES) -> int:
    """Make what was done in the last `seconds` due again, of some shares; returns how many rows.

    Those that were carried over before they had a share are of any.
    """
    recent = Change.objects.filter(done_at__gt=in_seconds(-seconds))
    if not covers_all(shares):
        recent = recent.filter(AnyOf("share", [UNSORTED, *shares]))
    return recent.update(done_at=None, set_aside_at=None, due_at=Now())


def retry(numbers: Collection[int]) -> int:
    """Make those of these rows that were set aside due again; returns how many."""
    rows = _set_aside_rows().filter(pk__in=numbers)
    return rows.update(set_aside_at=None, due_at=Now())


def retry_all() -> int:
    """Make everything that was set aside due again; returns how many."""
    return _set_aside_rows().update(set_aside_at=None, due_at=Now())


def retry_of(shares: Collection[int]) -> int:
    """Make what was set aside of some shares due again; returns how many."""
    rows = _set_aside_rows().filter(AnyOf("share", [UNSORTED, *shares]))
    return rows.update(set_aside_at=None, due_at=Now())


def purge(seconds: float) -> int:
    """Delete a bounded number of rows done before the last `seconds`; returns how many."""
    old = Change.objects.filter(done_at__lte=in_seconds(-seconds)).order_by("done_at")
    return _delete(_rows(old.values_list("pk", flat=True)[:_PURGE_ROWS]))


def _rows(numbers: Collection[int]) -> models.QuerySet[Change]:
    return Change.objects.filter(AnyOf("pk", numbers))


def _free(numbers: Collection[int]) -> list[int]:
    """Lock those of these rows that nobody else has locked."""
    free = _rows(numbers).select_for_update(skip_locked=True).order_by()
    return list(free.values_list("pk", flat=True))


def _delete(rows: models.QuerySet[Change]) -> int:
    return rows._raw_delete(rows.db)  # nothing refers to a change, and nobody hears of its end


def _set_aside_rows() -> models.QuerySet[Change]:
    return Change.objects.filter(set_aside_at__isnull=False, done_at__isnull=True)
