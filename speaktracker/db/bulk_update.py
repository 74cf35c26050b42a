"""Many rows of one table, written back together."""

from collections.abc import Collection, Sequence
from typing import Any, cast

from django.db import connection
from django.db.models import Field, Model


def update_many(rows: Collection[Model], fields: Sequence[str], key: str | None = None) -> None:
    """Write `fields` of each row by its primary key, inside the caller's transaction.

    By another unique field where `key` names one.

    One prepared UPDATE for all: Django's `bulk_update` builds one CASE per field and row instead,
    which for two hundred students takes half a second of the event loop's time.
    """
    if not rows:
        return
    meta = next(iter(rows))._meta
    columns = [
        cast("Field[Any, Any]", meta.get_field(name)) for name in (*fields, key or meta.pk.name)
    ]
    *names, by = (connection.ops.quote_name(column.column or "") for column in columns)
    table = connection.ops.quote_name(meta.db_table)
    sql = f"UPDATE {table} SET {', '.join(f'{name} = %s' for name in names)} WHERE {by} = %s"  # noqa: S608
    values = [
        [column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)
