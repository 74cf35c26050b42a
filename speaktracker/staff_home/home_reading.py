"""Reading the lines of the home for one reader: what cannot be read in time is said to be so."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from speaktracker.db.bounded_pages import count_together
from speaktracker.db.deadline import TookTooLong, cancelled_after
from speaktracker.db.outage import is_outage
from speaktracker.staff_home.home_lines import HOME, HomeCount, HomeLine, HomePart, HomeSection

logger = logging.getLogger(__name__)

T = TypeVar("T")

# One slow store must neither keep the page nor what the other rooms say.
PART_SECONDS = 1.0
PAGE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A heading and what stands below it."""

    name: str
    title: str
    lines: list[HomeLine]


def read_home(reader: Any) -> list[ShownSection]:
    """Read what `reader` may see, in a second for each part and three for all; blocks."""
    until = time.monotonic() + PAGE_SECONDS
    entries = [entry for entry in HOME if reader.has_perm(entry.right)]
    counted = [entry for entry in entries if isinstance(entry, HomeCount)]
    counts = counts_of(counted, until)
    lines: dict[HomeSection, list[HomeLine]] = {section: [] for section in HomeSection}
    for entry in entries:
        if isinstance(entry, HomePart):
            found = in_time(entry.read, until)
            unknown = HomeLine(_("%s: not known at the moment") % entry.title)
            lines[entry.section] += [unknown] if found is None else found
        elif (count := counts.get(id(entry))) is not None and (line := entry.line(count)):
            lines[entry.section].append(line)
    if len(counts) < len(counted):
        lines[HomeSection.PEOPLE].append(HomeLine(_("Some numbers are not known at the moment.")))
    return [ShownSection(s.value, str(s.label), lines[s]) for s in HomeSection if lines[s]]


def counts_of(entries: Iterable[HomeCount], until: float) -> dict[int, int]:
    """Count all in one statement; where that fails each for itself, and leave out what fails."""
    rows = {id(entry): entry.rows() for entry in entries}
    together = in_time(lambda: count_together(rows, HomeCount.MOST), until)
    if together is not None:
        return together
    found: dict[int, int] = {}
    for key, one in rows.items():
        alone = {key: one}
        found |= in_time(lambda alone=alone: count_together(alone, HomeCount.MOST), until) or {}  # type: ignore[misc]
    return found


def in_time(read: Callable[[], T], until: float) -> T | None:
    """Return what `read` does; None where it fails, or is not done in time; failures are logged."""
    left = min(PART_SECONDS, until - time.monotonic())
    if left <= 0:
        return None
    try:
        with cancelled_after(left):
            return read()
    except TookTooLong:
        return None
    except Exception as error:
        if not is_outage(error):
            logger.exception("A part of the admin's home cannot be read.")
        return None
