"""Many rows of one table, written by one statement, without a model for each."""

from collections.abc import Collection
from functools import cache

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model

from speaktracker.db.rows.row_document import Row, document_of


def insert_rows(model: type[Model], names: tuple[str, ...], rows: Collection[Row]) -> None:
    """Insert `rows`, the values of the fields `names` in this order.

    Inside the caller's transaction. Django's `bulk_create` takes three times the processor's time,
    for a model of each row and an expression of each value.
    """
    _insert(model, names, rows, "")


def insert_missing(model: type[Model], names: tuple[str, ...], rows: Collection[Row]) -> None:
    """Insert `rows` as `insert_rows` does; who is there already stays as it is."""
    _insert(model, names, rows, " ON CONFLICT DO NOTHING")


def _insert(
    model: type[Model], names: tuple[str, ...], rows: Collection[Row], otherwise: str
) -> None:
    if rows:
        with connection.cursor() as cursor:
            text = document_of(model, names).text(rows)
            cursor.execute(insertion(model, names) + otherwise, [text])


@cache
def insertion(model: type[Model], names: tuple[str, ...]) -> str:
    """Write an INSERT of the rows of a document of these fields, which may go on: ON CONFLICT."""
    document = document_of(model, names)
    columns = ", ".join(document.columns)
    read = ", ".join(f"r.{column}" for column in document.columns)
    table = connection.ops.quote_name(model._meta.db_table)
    # SQLite would take ON CONFLICT for the ON of a join but for the WHERE.
    return f"INSERT INTO {table} ({columns}) SELECT {read} FROM {document.table} WHERE true"  # noqa: S608


def insert_one(row: Model) -> None:
    """Insert a model's row inside the caller's transaction, and give it its number.

    As `save` would, for a fifth of its processor's time; no signal is sent.
    """
    database = connections[DEFAULT_DB_ALIAS]
    _, *others = row._meta.concrete_fields
    values = [field.get_db_prep_save(field.pre_save(row, add=True), database) for field in others]
    with database.cursor() as cursor:
        cursor.execute(_insertion_of_one(type(row)), values)
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def _insertion_of_one(model: type[Model]) -> str:
    quote = connection.ops.quote_name
    key, *others = (quote(field.column or "") for field in model._meta.concrete_fields)
    table, marks = quote(model._meta.db_table), ", ".join(["%s"] * len(others))
    return f"INSERT INTO {table} ({', '.join(others)}) VALUES ({marks}) RETURNING {key}"  # noqa: S608
