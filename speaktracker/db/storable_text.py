"""The gate for text on its way into the database: what no database can hold does not reach it.

A NUL or half a surrogate pair comes by side ways, such as a cookie's value in octal or a filter of
the admin, and is no error of whoever sent it: nothing that is stored has one, so that a look-up
finds nothing. PostgreSQL raises on it; SQLite takes the one and raises on the other.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def pass_gate(
    execute: Callable[..., Any], sql: Any, parameters: Any, many: bool, context: Any
) -> Any:
    """Execute a statement with storable parameters (a wrapper of Django's for each statement)."""
    if many:
        parameters = [storable(one) for one in parameters]
    elif parameters:
        parameters = storable(parameters)
    return execute(sql, parameters, many, context)


def storable(parameters: Any) -> Any:
    """Return a statement's parameters with each text as the database can hold it."""
    if isinstance(parameters, Mapping):
        return {name: storable_value(value) for name, value in parameters.items()}
    if isinstance(parameters, Sequence) and not isinstance(parameters, str | bytes):
        return [storable_value(value) for value in parameters]
    return parameters


def storable_value(value: Any) -> Any:
    """Return one parameter, a text without what cannot be held."""
    if not isinstance(value, str) or value.isprintable():  # neither stands in printable text
        return value
    return value.replace("\0", REPLACEMENT).encode("utf-8", "replace").decode()
