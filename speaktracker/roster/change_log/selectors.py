"""The change log, read: what was committed since the last look, each change once."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection
from django.db.models import Max

from speaktracker.db.rows.kept_query import KeptQuery
from speaktracker.roster.models import RosterChange

# Beyond this many, looking at everybody is cheaper than at each.
MOST_CHANGES = 5_000


# Asked every second by every process, so its text is kept.
_UNSEEN = (
    "SELECT pg_current_snapshot()::text, kind, user_id, session_key"  # noqa: S608
    " FROM (SELECT 1) AS look"
    " LEFT JOIN (SELECT kind, user_id, session_key"
    f" FROM {RosterChange._meta.db_table}"
    " WHERE transaction_id >= %s OR transaction_id = ANY(%s::bigint[]) LIMIT %s) AS unseen ON TRUE"
)


class NamedChange(NamedTuple):
    """What a row of the log says."""

    kind: str
    user_id: int | None
    session_key: str | None


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


_AFTER = KeptQuery(
    lambda last: (
        RosterChange.objects.filter(pk__gt=last)
        .order_by("pk")
        .values_list("pk", *NamedChange._fields)[: MOST_CHANGES + 1]
    )
)


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
    rows = _AFTER.rows(last)
    if len(rows) > MOST_CHANGES:
        return _since_id(None)
    return _named(str(rows[-1][0] if rows else last), [NamedChange(*row[1:]) for row in rows])


def _since_snapshot(last: str | None) -> Changes:
    # What the last look could not see: transactions that had not begun, or were still going on.
    _oldest, next_one, going_on = (last or "::").split(":")
    with connection.cursor() as cursor:
        if last is None:
            cursor.execute("SELECT pg_current_snapshot()::text")
            return Changes(cursor.fetchone()[0], everything=True)
        # In one statement: the snapshot that is kept is the one that the rows are read by.
        cursor.execute(_UNSEEN, [int(next_one), f"{{{going_on}}}", MOST_CHANGES + 1])
        found = cursor.fetchall()
    snapshot = found[0][0]
    if len(found) > MOST_CHANGES:
        return Changes(snapshot, everything=True)
    # Where nothing is new there is one row, of the snapshot alone.
    return _named(snapshot, [NamedChange(*row[1:]) for row in found if row[1]])


def _named(position: str, rows: Collection[NamedChange]) -> Changes:
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
