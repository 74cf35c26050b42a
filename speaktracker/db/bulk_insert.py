"""Many rows of one table, written without a model for each."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Model

Value = str | int | float | datetime | None
# Rows of one statement: within the parameters that every SQLite takes, for tables of few columns.
TOGETHER = 100


def insert_rows(
    model: type[Model], fields: Sequence[str], rows: Sequence[Sequence[Value]], conflict: str = ""
) -> None:
    """Insert `rows`, the values of `fields` in this order.

    Inside the caller's transaction. Django's `bulk_create` takes three times the processor's time,
    for a model of each row and an expression of each value. A statement for each row would have
    this thread ask for the interpreter as often, which a busy event loop pays for.
    """
    quote = connection.ops.quote_name
    columns = ", ".join(quote(_column(model, name)) for name in fields)
    one = f"({', '.join(['%s'] * len(fields))})"
    into = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES "  # noqa: S608
    with connection.cursor() as cursor:
        for start in range(0, len(rows), TOGETHER):
            some = rows[start : start + TOGETHER]
            sql = f"{into}{', '.join([one] * len(some))} {conflict}"
            cursor.execute(sql, [*map(_stored, chain(*some))])


def insert_missing(
    model: type[Model], fields: Sequence[str], rows: Sequence[Sequence[Value]]
) -> None:
    """Insert `rows` as `insert_rows` does; who is there already stays as it is."""
    insert_rows(model, fields, rows, "ON CONFLICT DO NOTHING")


def _column(model: type[Model], name: str) -> str:
    return model._meta.get_field(name).column  # type: ignore[union-attr,return-value]


def _stored(value: Value) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
