"""Days of the school, as what is asked for names them: from one to another, both included."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from speaktracker.school_days import today

# What is asked for at once; all that is kept is not much more.
MOST_DAYS = 31
ONE_DAY = timedelta(days=1)
# Days that somebody can mean; others cannot be reckoned with.
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)


class WrongRange(Exception):
    """No range of days: it ends before it begins, or is longer than MOST_DAYS."""


@dataclass(frozen=True, slots=True)
class DayRange:
    """Some days, `first` and `last` included."""

    first: date
    last: date

    @property
    def begins_at(self) -> datetime:
        """Return the midnight that the first day begins with."""
        return midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """Return the midnight after the last day."""
        return midnight(self.last + ONE_DAY)


def day_range(first: date | None, last: date | None) -> DayRange:
    """Make a range of what was named: one day where one is, today where none is.

    Raises WrongRange.
    """
    first, last = first or last or today(), last or first or today()
    if not EARLIEST <= first <= last <= LATEST or (last - first).days >= MOST_DAYS:
        raise WrongRange
    return DayRange(first, last)


def midnight(day: date) -> datetime:
    """Return the moment a day of the school begins."""
    return datetime.combine(day, time(), timezone.get_default_timezone())


def day_of(moment: datetime) -> date:
    """Return on which day of the school a moment is."""
    return timezone.localdate(moment, timezone.get_default_timezone())
