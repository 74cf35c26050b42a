"""Deleting people in the admin: what the product recorded of them goes with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_of_people: ContextVar[bool] = ContextVar("deletion_of_people", default=False)


@contextmanager
def deletion_of_people() -> Iterator[None]:
    """Have permissions that are asked for inside count as asked on behalf of a deleted person."""
    token = _of_people.set(True)
    try:
        yield
    finally:
        _of_people.reset(token)


def people_are_deleted() -> bool:
    """Tell whether a permission is asked for because a person's rows go with that person."""
    return _of_people.get()
