"""Lists that were given to a group end with its year; whoever is called so next year begins anew.

What begins later than today was prepared for the next one and stays; so do lists of everyone, and
those of a student alone.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db.models import DateField, F, Value
from django.db.models.functions import Greatest
from django.dispatch import receiver

from realtime.sentences.models import SentenceAssignment, school_day
from realtime.sentences.selectors import not_ended
from speaktracker.clock import now
from speaktracker.roster.models import YearEnd
from speaktracker.roster.selectors import in_batches
from speaktracker.roster.signals import groups_left, groups_returned


@receiver(groups_left)
def end_lists(year_end: YearEnd, groups: Collection[str], **_kwargs: Any) -> None:
    """End what these groups have been given, at once."""
    today = school_day()
    yesterday = Value(today - timedelta(days=1), DateField())
    for some in in_batches(groups):
        given = not_ended().filter(group__in=some, student__isnull=True, first_day__lte=today)
        given.update(
            year_end=year_end,
            last_day_before=F("last_day"),
            last_day=Greatest(F("first_day"), yesterday),
        )


@receiver(groups_returned)
def give_lists_back(groups: Collection[str], **_kwargs: Any) -> None:
    """Have lists go on that ended with a year of these groups which could still be undone."""
    for some in in_batches(groups):
        ended = SentenceAssignment.objects.filter(group__in=some, student__isnull=True)
        ended.filter(year_end__due_at__gt=now()).update(
            year_end=None, last_day=F("last_day_before"), last_day_before=None
        )
