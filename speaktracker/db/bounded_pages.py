"""Long lists, read only so far: pages and counts of them, and what different texts there are."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from django.core import paginator
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import cached_property

# Django's own class is generic for the type checker only.
if TYPE_CHECKING:
    Paginator = paginator.Paginator[Any]
else:
    Paginator = paginator.Paginator

MOST_COUNTED = 100_000

K = TypeVar("K")


def bounded_count(rows: QuerySet[Any]) -> int:
    """Count rows up to MOST_COUNTED, in their own order, so that an index of it is all it reads."""
    return rows.values("pk")[:MOST_COUNTED].count()


def count_together(rows: Mapping[K, QuerySet[Any]], most: int = MOST_COUNTED) -> dict[K, int]:
    """Count several selections as `bounded_count` does, up to `most` each, in one statement."""
    statements, values = [], list[Any]()
    for each in rows.values():
        try:
            sql, its_values = each.values("pk")[:most].query.sql_with_params()
        except EmptyResultSet:
            sql, its_values = "SELECT 1 WHERE 1 = 0", ()
        statements.append(f"(SELECT COUNT(*) FROM ({sql}) AS counted)")  # noqa: S608 - Django's own
        values += its_values
    if not statements:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(statements)}", values)
        return dict(zip(rows, cursor.fetchone(), strict=True))


class BoundedPaginator(Paginator):
    """Pages of the first MOST_COUNTED rows; whoever looks for older ones filters or searches."""

    @cached_property
    def count(self) -> int:
        """Count what there are pages of."""
        rows = self.object_list
        return bounded_count(rows) if isinstance(rows, QuerySet) else super().count


def distinct_texts(table: str, column: str, most: int) -> list[str]:
    """Return the first `most` different texts of a column, in their order; empty ones are left out.

    From each to the next by the index: what sorts them out otherwise reads the whole table.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE named(name) AS (
              SELECT (SELECT min({column}) FROM {table} WHERE {column} > '')
              UNION ALL
              SELECT (SELECT min({column}) FROM {table} WHERE {column} > named.name)
              FROM named WHERE named.name IS NOT NULL
            )
            SELECT name FROM named WHERE name IS NOT NULL LIMIT %s
            """,  # noqa: S608 - both names are ours
            [most],
        )
        return [name for (name,) in cursor.fetchall()]
