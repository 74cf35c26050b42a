"""What each room holds on a person, as the room itself shows it: registered at start-up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from speaktracker.roster.erasure.named_person import NamedPerson

Shown = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of thing that is held: its `name` in an export, and the models it is read from.

    `show` reads what is held on a person, without secrets and without what is others'.
    """

    name: str
    models: tuple[type[Model], ...]
    show: Callable[[NamedPerson], Shown]


_registered: dict[str, Holding] = {}


def register(*holdings: Holding) -> None:
    """Have exports show these; to be called at start-up."""
    _registered.update((holding.name, holding) for holding in holdings)


def registered_holdings() -> Iterable[Holding]:
    """List what is held, in the order of registration."""
    return _registered.values()


def shown(rows: QuerySet[Any], *fields: str) -> Shown:
    """Read some fields of rows, oldest first."""
    return list(rows.order_by("pk").values(*fields))
