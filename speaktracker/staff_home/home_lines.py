"""The lines of the admin's home. Each room adds its own at start-up: this one knows none of them.

`add_to_home` is called in an app's `ready`. What only counts is a `HomeCount`: all of them are
counted in one statement. What has more to say is a `HomePart`, in one or two bounded queries.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _


class HomeSection(TextChoices):
    """Under which heading a line stands, in this order."""

    CLASS = "class", _("The class now")
    PEOPLE = "people", _("People")
    SYSTEM = "system", _("The system")


@dataclass(frozen=True, slots=True)
class HomeLine:
    """A sentence, with the page that it is about; `urgent` where somebody should do something."""

    text: str
    url: str = ""
    urgent: bool = False
    details: "tuple[HomeLine, ...]" = ()


@dataclass(frozen=True, slots=True)
class HomeCount:
    """Rows that are counted for whoever has `right`, and the line that says how many there are.

    Counted are MOST at most, in the rows' own order, which an index should serve; `line` says so.
    """

    MOST: ClassVar[int] = 10_000

    section: HomeSection
    right: str
    rows: Callable[[], QuerySet[Any]]
    line: Callable[[int], HomeLine | None]


@dataclass(frozen=True, slots=True)
class HomePart:
    """Lines that are read for whoever has `right`; `title` names them where that fails."""

    section: HomeSection
    right: str
    title: Any
    read: Callable[[], list[HomeLine]]


HOME: list[HomeCount | HomePart] = []


def add_to_home(*entries: HomeCount | HomePart) -> None:
    """Have the home show these too, below what its section has already."""
    HOME.extend(entries)


def number(count: int) -> str:
    """Write a count for a line; one that was not counted to its end says so."""
    return f"{count:,}+" if count >= HomeCount.MOST else f"{count:,}"
