"""Whose year can end, and whose rows are above somebody."""

from collections.abc import Collection, Set

from django.db.models import Q, QuerySet

from speaktracker.roster.models import User, YearEnd
from speaktracker.roster.selectors import students_in
from speaktracker.roster.year_end.services import Ending


def students_of(ending: Ending, ids_above: Collection[int] = ()) -> QuerySet[User]:
    """Return whose year would end; without those who, or whose tutors, are above who asks.

    Whoever is archived already, and has not come back, is not set aside once more.
    """
    archived = Q(archived__isnull=False, is_active=False, mapping__isnull=True)
    students = students_in(ending.tutor_id, ending.group).exclude(archived)
    if not ids_above:
        return students
    return students.exclude(Q(pk__in=ids_above) | Q(mapping__tutor__in=ids_above))


def is_above(year_end: YearEnd, ids_above: Set[int]) -> bool:
    """Tell whether somebody whom it set aside, or whose tutor, is above who asks."""
    whose = Q(student__in=ids_above) | Q(tutor__in=ids_above)
    return bool(ids_above) and year_end.archived.filter(whose).exists()
