"""The change log, read: what was committed since the last look, each change once."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, Q, QuerySet

from speaktracker.roster.models import RosterChange

# Beyond this many, looking at everybody is cheaper than at each.
MOST_CHANGES = 5_000


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed; `position` is where the next look begins.

    `everything` when what changed cannot be named: on a first look, or when it is too much.
    """

    position: str
    people: frozenset[int] = frozenset()
    students: frozenset[int] = frozenset()
    sessions: frozenset[str] = frozenset()
    everything: bool = False
    substitutes: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        named = self.people or self.students or self.sessions or self.substitutes
        return self.everything or bool(named)


def changes_since(position: str | None) -> Changes:
    """Read what was committed after a look that ended at `position`; None is a first look."""
    if connection.vendor == "postgresql":
        return _since_snapshot(position)
    return _since_id(int(position) if position is not None else None)


def _since_id(last: int | None) -> Changes:
    # SQLite has one writer at a time: ids become visible in their order.
    if last is None:
        newest = RosterChange.objects.aggregate(newest=Max("pk"))["newest"]
        return Changes(str(newest or 0), everything=True)
    rows = list(_some(RosterChange.objects.filter(pk__gt=last).order_by("pk")))
    if len(rows) > MOST_CHANGES:
        return _since_id(None)
    return _named(str(rows[-1].pk if rows else last), rows)


def _since_snapshot(last: str | None) -> Changes:
    # Taken before the rows are read: what commits in between is read twice rather than never.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        (snapshot,) = cursor.fetchone()
    if last is None:
        return Changes(snapshot, everything=True)
    # What the last look could not see: transactions that had not begun, or were still going on.
    _oldest, next_one, going_on = last.split(":")
    unseen = Q(transaction_id__gte=int(next_one))
    if going_on:
        unseen |= Q(transaction_id__in=[int(number) for number in going_on.split(",")])
    rows = list(_some(RosterChange.objects.filter(unseen).order_by()))
    if len(rows) > MOST_CHANGES:
        return Changes(snapshot, everything=True)
    return _named(snapshot, rows)


def _some(rows: QuerySet[RosterChange]) -> QuerySet[RosterChange]:
    return rows.only("kind", "user_id", "session_key")[: MOST_CHANGES + 1]


def _named(position: str, rows: Collection[RosterChange]) -> Changes:
    def of(kind: str) -> frozenset[int]:
        return frozenset(row.user_id for row in rows if row.kind == kind and row.user_id)

    return Changes(
        position,
        of(RosterChange.PERSON),
        of(RosterChange.MAPPING),
        frozenset(row.session_key for row in rows if row.session_key),
        any(row.kind == RosterChange.EVERYTHING for row in rows),
        of(RosterChange.LOAN),
    )
