"""Rows by keys of several columns, each taken to the index of those columns."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func
from django.db.models.sql.compiler import SQLCompiler


class KeyAmong(Func):
    """Is true of rows whose `fields` together are one of `keys`: `rows.filter(KeyAmong(…))`.

    Beside many rows, two hundred ANDs that are ORed make PostgreSQL read the whole table, and
    `a IN (…) AND b IN (…)` looks every combination up.
    """

    def __init__(self, fields: Sequence[str], keys: Iterable[Sequence[Any]]) -> None:
        super().__init__(*fields, output_field=BooleanField())
        self.keys = tuple(tuple(key) for key in keys)

    def as_sql(  # type: ignore[override]  # Func's takes options of its own
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_options: Any
    ) -> tuple[str, list[Any]]:
        """Write `(a, b) IN (VALUES …)`; without keys nothing can be found."""
        row = f"({', '.join(['%s'] * len(self.get_source_expressions()))})"
        rows = ", ".join([row] * len(self.keys))
        condition = f"({', '.join(self._columns(compiler))}) IN (VALUES {rows})"
        return condition, self._values(connection)

    def as_sqlite(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_options: Any
    ) -> tuple[str, list[Any]]:
        """Write ANDs that are ORed: of a list of rows, SQLite's indexes take one column at most."""
        key = " AND ".join(f"{column} = %s" for column in self._columns(compiler))
        return _any_of([f"({key})"] * len(self.keys)), self._values(connection)

    def _columns(self, compiler: SQLCompiler) -> list[str]:
        if not self.keys:
            raise EmptyResultSet
        return [compiler.compile(column)[0] for column in self.get_source_expressions()]

    def _values(self, connection: BaseDatabaseWrapper) -> list[Any]:
        fields = [column.output_field for column in self.get_source_expressions()]
        return [
            field.get_db_prep_value(value, connection)
            for key in self.keys
            for field, value in zip(fields, key, strict=True)
        ]


def _any_of(conditions: Sequence[str]) -> str:
    """OR conditions by halves: SQLite refuses an expression that is a thousand levels deep."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return f"({_any_of(conditions[:middle])} OR {_any_of(conditions[middle:])})"
