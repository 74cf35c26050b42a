"""Rows of values as one parameter, a JSON document, which either database reads as a table.

A text of its own for every number of rows would be made, sent and planned anew each time, and a
statement for each row costs ten times as much as the row. Lists of values, one for each column, are
no way round it: psycopg takes fifteen times as long to write them.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any, cast

import msgspec
from django.db import connection
from django.db.models import DateTimeField, Field, Model

from speaktracker.db.storable_text import storable_value

Value = str | int | float | datetime | None
Row = Sequence[Value]


class RowDocument:
    """How rows of some fields of a model are written, and what reads them: `… FROM {self.table}`.

    The table is called `r`, its columns as the model's are, of PostgreSQL's types `kinds`. Made by
    `document_of`, once for each.
    """

    def __init__(self, model: type[Model], names: Sequence[str]) -> None:
        self._fields = [cast("Field[Any, Any]", model._meta.get_field(name)) for name in names]
        quote = connection.ops.quote_name
        self.columns = tuple(quote(field.column or "") for field in self._fields)
        self.kinds = [_kind(field) for field in self._fields]

    @cached_property
    def table(self) -> str:
        """Write the table that a parameter of `text` is read as."""
        if connection.vendor == "sqlite":
            parts = [f"json_extract(value, '$[{at}]')" for at in range(len(self.columns))]
            elements = "json_each(%s)"
        else:
            parts = [f"(value->>{at})::{kind}" for at, kind in enumerate(self.kinds)]
            elements = "jsonb_array_elements(%s::jsonb)"
        named = (f"{part} AS {name}" for part, name in zip(parts, self.columns, strict=True))
        return f"(SELECT {', '.join(named)} FROM {elements}) AS r"  # noqa: S608 - names of ours

    def text(self, rows: Iterable[Row]) -> str:
        """Write rows, the values of the fields in their order, as `table` reads them.

        Inside JSON the gate of texts sees none of them: they pass it here.
        """
        texts = [at for at, kind in enumerate(self.kinds) if kind == "text"]
        moments: list[int] = []
        if connection.vendor == "sqlite":  # which compares moments as the texts they are stored as
            moments = [at for at, field in enumerate(self._fields) if _is_moment(field)]
        written = []
        for row in rows:
            values: list[Any] = [*row]
            for at in texts:
                value = values[at]
                if value is not None and not value.isprintable():
                    values[at] = storable_value(value)
            for at in moments:
                if (moment := values[at]) is not None:
                    values[at] = _as_sqlite(moment)
            written.append(values)
        return msgspec.json.encode(written, enc_hook=_plain).decode()

    def prepared(self, row: Model) -> list[Any]:
        """List the fields' values of a model's row as `text` takes them."""
        return [field.get_prep_value(getattr(row, field.attname)) for field in self._fields]


@cache
def document_of(model: type[Model], names: tuple[str, ...]) -> RowDocument:
    """Give the one document of these fields of a model."""
    return RowDocument(model, names)


def _kind(field: "Field[Any, Any]") -> str:
    """Name PostgreSQL's type of a field; a text with a length would be cut where it is longer."""
    kind = field.db_type(connection)
    return "text" if kind is None or kind.startswith(("varchar", "text")) else kind


def _plain(value: Any) -> str | int:
    """Take a text or number out of a class of its own, such as Django's for safe texts."""
    return str.__str__(value) if isinstance(value, str) else int(value)


def _is_moment(field: "Field[Any, Any]") -> bool:
    return isinstance(field, DateTimeField)


def _as_sqlite(moment: datetime) -> str:
    """Write a moment as Django stores it there: in UTC, a fraction only where there is one."""
    return str(moment if moment.tzinfo is UTC else moment.astimezone(UTC))[:-6]
