"""What stands in a kept query for the values of each call, and how they become parameters."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, Func
from django.db.models.sql.compiler import SQLCompiler

from speaktracker.db.storable_text import storable_value


class Slot(NamedTuple):
    """A parameter that each call fills: its value's place in the call, and whether that is many."""

    place: int
    is_many: bool = False


class GivenValue(Expression):
    """Stands for the value at `place` of a call, wherever a query takes an expression."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def as_sql(  # type: ignore[override]  # a slot is a parameter only once it is filled
        self, _compiler: SQLCompiler, _connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        """Write the parameter."""
        return "%s", [Slot(self.place)]


class AnyOf(Func):
    """Is true of rows whose `field` is one of `values`, in one text however many there are."""

    def __init__(self, field: str, values: Collection[int | str] | GivenValue) -> None:
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
        if isinstance(self.values, GivenValue):
            return Slot(self.values.place, is_many=True)
        return as_array(self.values, connection)


def as_parameter(parameter: Any, values: tuple[Any, ...], connection: BaseDatabaseWrapper) -> Any:
    """Return a parameter as it is, or what a call's `values` put into its slot."""
    if not isinstance(parameter, Slot):
        return parameter
    value = values[parameter.place]
    if parameter.is_many:
        return as_array(value, connection)
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value


def as_array(values: Collection[int | str], connection: BaseDatabaseWrapper) -> Any:
    """Write what `AnyOf` compares with as one parameter, inside which no gate sees a text."""
    held = [storable_value(one) for one in values]
    return held if connection.vendor == "postgresql" else json.dumps(held)
