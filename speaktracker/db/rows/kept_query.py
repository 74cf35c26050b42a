"""Queries of the hot paths, whose SQL the ORM writes once instead of each time.

For a query of a few rows, Django spends ten times as long on its text as the database on its
answer. The text stays the ORM's own, so a query is still written, and read, as a QuerySet.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from inspect import signature
from typing import Any, Generic, NamedTuple, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Model, QuerySet
from django.db.models.expressions import Col
from django.db.models.sql import UpdateQuery

from speaktracker.db.rows.given_values import GivenValue, as_parameter

Row = tuple[Any, ...]
M = TypeVar("M", bound=Model)


class KeptText(NamedTuple):
    """The SQL of a query, its parameters, slots among them, and what it selects.

    `fields` are the columns of the `model`, in their order; what is `annotated` follows them.
    """

    sql: str
    parameters: Sequence[Any]
    model: type[Model]
    fields: Sequence[str]
    annotated: Sequence[str]
    converted: Sequence[tuple[int, Expression]]


class KeptQuery(Generic[M]):
    """A query that is asked again and again for other values.

    `build` makes it of an expression for each value, to be compared with: `filter(pk=one)`, or
    `filter(AnyOf("pk", some))` of a collection. It is called once a process: what it compares with
    beside them is the same for ever, so the time is the database's own (`Now()`).
    """

    def __init__(self, build: Callable[..., QuerySet[M, Any]]) -> None:
        self._build = build

    def rows(self, *values: Any) -> list[Row]:
        """Ask for `values`, in the caller's transaction; return what `values_list` names."""
        database, text = _database(), self._text
        with database.cursor() as cursor:
            cursor.execute(
                text.sql, [as_parameter(one, values, database) for one in text.parameters]
            )
            found = cursor.fetchall()
        return _converted(found, text.converted, database) if text.converted else found

    def models(self, *values: Any) -> list[M]:
        """Ask for `values`, in the caller's transaction; return models with what `only` names."""
        return [_model_of(self._text, row) for row in self.rows(*values)]

    @cached_property
    def _text(self) -> KeptText:
        query, database = self._build(*_given(self._build)), _database()
        compiler = query.query.get_compiler(connection=database)
        sql, parameters = compiler.as_sql()
        columns = [(alias, column) for column, _, alias in compiler.select]
        return KeptText(
            sql,
            tuple(parameters),
            query.model,
            [cast(Col, column).target.attname for alias, column in columns if alias is None],
            [alias for alias, _ in columns if alias is not None],
            [(at, one) for at, (_, one) in enumerate(columns) if _converters(one, database)],
        )


class KeptUpdate:
    """An UPDATE that is made again and again, of other rows or to other values.

    `build` makes of expressions, as for `KeptQuery`, which rows are changed, and each field's
    value: one of the expressions, or a value that is always the same.
    """

    def __init__(self, build: Callable[..., tuple[QuerySet[Any, Any], dict[str, Any]]]) -> None:
        self._build = build

    def run(self, *values: Any) -> int:
        """Change the rows that `values` name, in the caller's transaction; count them."""
        database, (sql, parameters) = _database(), self._text
        with database.cursor() as cursor:
            cursor.execute(sql, [as_parameter(one, values, database) for one in parameters])
            return cast(int, cursor.rowcount)

    @cached_property
    def _text(self) -> tuple[str, Sequence[Any]]:
        rows, changes = self._build(*_given(self._build))
        query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
        query.add_update_values(changes)
        written = query.get_compiler(connection=_database()).as_sql()
        return cast(tuple[str, Sequence[Any]], written)


def _database() -> BaseDatabaseWrapper:
    """Return this thread's connection itself: each look through Django's own door takes 2 µs."""
    return connections[DEFAULT_DB_ALIAS]


def _given(build: Callable[..., Any]) -> list[GivenValue]:
    return [GivenValue(place) for place in range(len(signature(build).parameters))]


def _model_of(text: KeptText, row: Row) -> Any:
    count = len(text.fields)
    made = text.model.from_db(DEFAULT_DB_ALIAS, text.fields, row[:count])
    for name, value in zip(text.annotated, row[count:], strict=True):
        setattr(made, name, value)
    return made


def _converted(
    rows: Sequence[Row], columns: Sequence[tuple[int, Expression]], database: BaseDatabaseWrapper
) -> list[Row]:
    """Read the columns that the database returns in another type, as the ORM does."""
    changed = [list(row) for row in rows]
    for at, column in columns:
        for convert in _converters(column, database):
            for row in changed:
                row[at] = convert(row[at], column, database)
    return [tuple(row) for row in changed]


def _converters(column: Expression, database: BaseDatabaseWrapper) -> list[Callable[..., Any]]:
    return [*database.ops.get_db_converters(column), *column.get_db_converters(database)]
