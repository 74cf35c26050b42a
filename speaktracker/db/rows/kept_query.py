"""Queries of the hot paths, whose SQL the ORM writes once instead of each time.

For a query of a few rows, Django spends ten times as long on its text as the database on its
answer. The text stays the ORM's own, so a query is still written, and read, as a QuerySet.
"""

import json
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar, cast

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, Func, Model, QuerySet
from django.db.models.expressions import Col
from django.db.models.sql.compiler import SQLCompiler

from speaktracker.db.storable_text import storable_value

Row = tuple[Any, ...]
M = TypeVar("M", bound=Model)


class GivenValues:
    """Stands for the values that each call of a kept query gives."""


GIVEN = GivenValues()


class AnyOf(Func):
    """Is true of rows whose `field` is one of `values`, in one text however many there are.

    In a `KeptQuery` the values are GIVEN.
    """

    def __init__(self, field: str, values: Collection[int | str] | GivenValues) -> None:
        super().__init__(field, output_field=BooleanField())
        self.values = values

    def as_sql(  # type: ignore[override]  # Func's takes options of its own
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_options: Any
    ) -> tuple[str, list[Any]]:
        """Write `column = ANY(array)`."""
        return f"{self._column(compiler)} = ANY(%s)", [self._bound(connection)]

    def as_sqlite(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_options: Any
    ) -> tuple[str, list[Any]]:
        """Write `column IN` what a JSON array holds: SQLite has no arrays, and few parameters."""
        among = "(SELECT value FROM json_each(%s))"
        return f"{self._column(compiler)} IN {among}", [self._bound(connection)]

    def _column(self, compiler: SQLCompiler) -> str:
        return str(compiler.compile(self.get_source_expressions()[0])[0])

    def _bound(self, connection: BaseDatabaseWrapper) -> Any:
        values = self.values
        return (
            values if isinstance(values, GivenValues) else as_parameter(values, connection.vendor)
        )


def as_parameter(values: Collection[int | str], vendor: str) -> Any:
    """Write what `AnyOf` compares with as one parameter, inside which no gate sees a text."""
    held = [storable_value(one) for one in values]
    return held if vendor == "postgresql" else json.dumps(held)


class KeptText(NamedTuple):
    """The SQL of a query, its parameters, GIVEN among them, and what it selects.

    `fields` are the columns of the model, in their order; what is `annotated` follows them.
    """

    sql: str
    parameters: Sequence[Any]
    fields: Sequence[str]
    annotated: Sequence[str]
    converted: Sequence[tuple[int, Expression]]


class KeptQuery(Generic[M]):
    """A query that is asked again and again for other values.

    `build` makes it, with one `AnyOf(field, GIVEN)` in it. It is called once a process: what it
    compares with beside that is the same for ever, so the time is the database's own (`Now()`).
    """

    def __init__(self, build: Callable[[], QuerySet[M, Any]]) -> None:
        self.build = build
        self._texts: dict[str, KeptText] = {}

    def rows(self, values: Collection[int | str]) -> list[Row]:
        """Ask for `values`, in the caller's transaction; return what `values_list` names."""
        text, given = self._text(), as_parameter(values, connection.vendor)
        parameters = [given if one is GIVEN else one for one in text.parameters]
        with connection.cursor() as cursor:
            cursor.execute(text.sql, parameters)
            found = cursor.fetchall()
        return _converted(found, text.converted) if text.converted else found

    def models(self, values: Collection[int | str]) -> list[M]:
        """Ask for `values`, in the caller's transaction; return models with what `only` names."""
        found, text, model = self.rows(values), self._text(), self.selected
        return [_model_of(model, text, row) for row in found]

    @cached_property
    def selected(self) -> type[M]:
        """Return what the query selects."""
        return self.build().model

    def _text(self) -> KeptText:
        text = self._texts.get(connection.vendor)
        if text is None:
            text = self._texts[connection.vendor] = _written(self.build())
        return text


def _written(query: QuerySet[Any, Any]) -> KeptText:
    compiler = query.query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    columns = [(alias, column) for column, _, alias in compiler.select]
    return KeptText(
        sql,
        tuple(parameters),
        [cast(Col, column).target.attname for alias, column in columns if alias is None],
        [alias for alias, _ in columns if alias is not None],
        [(at, column) for at, (_, column) in enumerate(columns) if _converters(column)],
    )


def _model_of(model: type[M], text: KeptText, row: Row) -> M:
    count = len(text.fields)
    made = model.from_db(connection.alias, text.fields, row[:count])
    for name, value in zip(text.annotated, row[count:], strict=True):
        setattr(made, name, value)
    return made


def _converted(rows: Sequence[Row], columns: Sequence[tuple[int, Expression]]) -> list[Row]:
    """Read the columns that the database returns in another type, as the ORM does."""
    changed = [list(row) for row in rows]
    for at, column in columns:
        for convert in _converters(column):
            for row in changed:
                row[at] = convert(row[at], column, connection)
    return [tuple(row) for row in changed]


def _converters(column: Expression) -> list[Callable[..., Any]]:
    return [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
