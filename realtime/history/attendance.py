"""All attendance of some days at once, for a file or a page to print."""

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from realtime.history.selectors import AttendedSession, Wanted, attended, stays_of, with_next
from realtime.models import ClassStay
from speaktracker.db.bounded_pages import distinct_texts

# Far more than a tutor's month; what a file is made of stands in memory.
MOST_ROWS = 20_000
# Reckoned together: what happened in them is read in three queries.
TOGETHER = 1_000
# Named one by one to whoever asks for all of them.
MOST_GROUPS = 2_000


class TooManyRows(Exception):
    """There is more than one file or page should hold."""

    SENTENCE = _("This is too much at once. Choose fewer days, or one group.")


def all_sessions(wanted: Wanted, most: int = MOST_ROWS) -> list[AttendedSession]:
    """Read every session of what is wanted, oldest first; raises TooManyRows before reckoning."""
    wanted_ones = of_the_school(wanted)
    # Too many are sorted out before anything is read with them.
    if wanted_ones.values("pk")[: most + 1].count() > most:
        raise TooManyRows
    stays = list(with_next(wanted_ones).order_by("-came_at", "-pk")[:most])
    found: list[AttendedSession] = []
    for start in range(0, len(stays), TOGETHER):
        found += attended(wanted.people, stays[start : start + TOGETHER])
        if len(found) > most:
            raise TooManyRows
    return found[::-1]


def of_the_school(wanted: Wanted) -> QuerySet[ClassStay]:
    """Choose the stays that are wanted; those of everybody by group, as an index has them.

    Raises TooManyRows where there are more groups than can be named.
    """
    stays = stays_of(wanted)
    if wanted.people is None and wanted.tutor_id is None and not wanted.group:
        stays = stays.filter(group__in=["", *groups_in_class()]).order_by("group", "came_at")
    return stays


def groups_in_class() -> list[str]:
    """Name the groups, each as it was called then, of which a stay is kept; raises TooManyRows."""
    names = distinct_texts(ClassStay._meta.db_table, "group_name", MOST_GROUPS + 1)
    if len(names) > MOST_GROUPS:
        raise TooManyRows
    return names


def present_by_group(wanted: Wanted) -> list[tuple[str, int]]:
    """Count who came into class, by group; raises TooManyRows."""
    stays = of_the_school(wanted).order_by("group").values_list("group")
    return list(stays.annotate(students=Count("student", distinct=True)))
