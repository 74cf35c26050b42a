"""Days as the school has them: what day it is, by its time zone and the shared clock."""

from datetime import date

from django.utils import timezone

from speaktracker.clock import now


def today() -> date:
    """Return today's date in the school's time zone, the setting SCHOOL_TIME_ZONE."""
    return timezone.localdate(now(), timezone.get_default_timezone())
