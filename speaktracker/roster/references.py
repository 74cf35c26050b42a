"""Whether records name a person: then the address and the type of that person stay as they are."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from speaktracker.db.bounded_pages import count_together

# A check answers whether there are such records, or the rows themselves: those of all rooms are
# looked for in one query.
Check = Callable[[int], bool | QuerySet[Any]]

_checks: list[Check] = []


def refers_to_people(check: Check) -> Check:
    """Register `check(user_id)`, which finds the records of a room that name that user."""
    if check not in _checks:
        _checks.append(check)
    return check


def has_records(user_id: int) -> bool:
    """Ask every room whether its records name this user."""
    answers = [check(user_id) for check in _checks]
    rows = {n: found for n, found in enumerate(answers) if isinstance(found, QuerySet)}
    return any(found is True for found in answers) or any(count_together(rows, 1).values())
