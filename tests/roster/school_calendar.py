"""What day it is in the school, as a test says."""

from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from django.utils import timezone

from speaktracker import school_days

MONDAY = date(2026, 3, 2)
TUESDAY, FRIDAY, SATURDAY = date(2026, 3, 3), date(2026, 3, 6), date(2026, 3, 7)
DayIs = Callable[..., None]


@pytest.fixture
def day_is(monkeypatch: pytest.MonkeyPatch) -> DayIs:
    """Make it a day in the school, at a time of its own clocks; a Monday morning to begin with."""

    def change(day: date, at: time = time(9)) -> None:
        moment = datetime.combine(day, at, timezone.get_default_timezone())
        monkeypatch.setattr(school_days, "now", lambda: moment)

    change(MONDAY)
    return change
