"""Finds what is due of some shares of the keys: steps into an index, whatever else waits."""

from collections.abc import Collection
from functools import cache

from django.db import connection
from django.db.models.functions import Now

from speaktracker.db.rows.given_values import as_array
from speaktracker.persistence.models import Change
from speaktracker.persistence.records import SHARES

Shares = Collection[int]


def due_rows(table: str, limit: int, shares: Shares) -> list[tuple[str, int]]:
    """Find key and number of `limit` due rows in order of waiting, `most_of_each` share; blocks.

    Of all shares those of none yet are among them.
    """
    each = most_of_each(limit, shares)
    with connection.cursor() as cursor:
        if covers_all(shares):
            cursor.execute(_of_all(), [table, limit])
        else:
            cursor.execute(_of_shares(), [as_array(shares, connection), table, each, limit])
        return list(cursor.fetchall())


def most_of_each(limit: int, shares: Shares) -> int:
    """Say how many rows of each share make `limit` together; of all, nobody tells them apart."""
    return limit if covers_all(shares) else -(-limit // len(shares))


def due_tables(tables: Collection[str], shares: Shares) -> set[tuple[str, int]]:
    """Find where anything is due: table and share, of all shares 0 for any; blocks."""
    names = as_array(tables, connection)
    numbers = as_array((0,) if covers_all(shares) else shares, connection)
    with connection.cursor() as cursor:
        cursor.execute(_tables(not covers_all(shares)), [names, numbers])
        return set(cursor.fetchall())


def count_due(tables: Collection[str], shares: Shares, most: int = 10_000) -> int:
    """Count due rows of these shares, about `most` of a table; blocks, for milliseconds."""
    of_share = not covers_all(shares)
    numbers = as_array(shares if of_share else (0,), connection)
    each = most // len(shares) if of_share else most
    with connection.cursor() as cursor:
        cursor.execute(_count(of_share), [each, as_array(tables, connection), numbers])
        (found,) = cursor.fetchone()
        return int(found or 0)


def covers_all(shares: Shares) -> bool:
    """Tell whether these are all shares, so that nobody need be told apart."""
    return frozenset(SHARES).issubset(shares)


def _due(of_share: bool) -> str:
    """Write the due rows of one table, and maybe of the share `s.value`, up to a LIMIT."""
    changes = connection.ops.quote_name(Change._meta.db_table)
    now = Change.objects.none().query.get_compiler(connection=connection).compile(Now())[0]
    due, order = f"c.due_at <= {now}", "c.due_at, c.id"
    if of_share and connection.vendor == "postgresql":
        # Said so that no index serves but that of shares: where PostgreSQL takes all rows for ones
        # of one share, as it may after an update, it would walk through those of the others.
        due = f"c.share >= s.value AND (c.share, c.due_at) <= (s.value, {now})"
        order = f"c.share, {order}"
    elif of_share:
        due = f"c.share = s.value AND {due}"
    waiting = f"c.done_at IS NULL AND c.set_aside_at IS NULL AND {due}"
    return f'FROM {changes} AS c WHERE c."table" = %s AND {waiting} ORDER BY {order} LIMIT'


@cache
def _of_all() -> str:
    return f"SELECT c.key, c.id {_due(of_share=False)} %s"


@cache
def _of_shares() -> str:
    due = _due(of_share=True)
    if connection.vendor == "postgresql":
        return (
            "SELECT f.key, f.id FROM unnest(%s::smallint[]) AS s(value) CROSS JOIN"  # noqa: S608
            f" LATERAL (SELECT c.key, c.id, c.due_at {due} %s) AS f"
            " ORDER BY f.due_at, f.id LIMIT %s"
        )
    changes = connection.ops.quote_name(Change._meta.db_table)
    return (
        f"SELECT f.key, f.id FROM json_each(%s) AS s JOIN {changes} AS f"  # noqa: S608
        f" ON f.id IN (SELECT c.id {due} %s) ORDER BY f.due_at, f.id LIMIT %s"
    )


@cache
def _tables(of_share: bool) -> str:
    found = f"(SELECT 1 {_due(of_share)} 1)".replace("%s", "t.value")
    if connection.vendor == "postgresql":
        return f"SELECT t.value, s.value FROM {_pairs()} CROSS JOIN LATERAL {found} AS f"  # noqa: S608
    return f"SELECT t.value, s.value FROM {_pairs()} WHERE EXISTS {found}"  # noqa: S608


@cache
def _count(of_share: bool) -> str:
    due = _due(of_share).replace("%s", "t.value")
    return f"SELECT SUM((SELECT COUNT(*) FROM (SELECT 1 {due} %s) AS d)) FROM {_pairs()}"  # noqa: S608


def _pairs() -> str:
    """Write what gives each table with each share."""
    if connection.vendor == "postgresql":
        return "unnest(%s::text[]) AS t(value) CROSS JOIN unnest(%s::smallint[]) AS s(value)"
    return "json_each(%s) AS t JOIN json_each(%s) AS s"
