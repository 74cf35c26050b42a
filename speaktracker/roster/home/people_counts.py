"""The admin's home on people: who has no tutor, who has no students, who never came."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from speaktracker.roster import selectors
from speaktracker.staff_home.home_lines import HomeCount, HomeLine, HomeSection, number

VIEW = "roster.view_user"


def untaught_line(count: int) -> HomeLine:
    """Say how many students have no tutor."""
    if not count:
        return HomeLine(_("Every student has a tutor."))
    text = ngettext("%(n)s student has no tutor.", "%(n)s students have no tutor.", count)
    return HomeLine(text % {"n": number(count)}, list_of("tutor=none&is_active__exact=1"), True)


def idle_tutors_line(count: int) -> HomeLine | None:
    """Say how many tutors have no students."""
    if not count:
        return None
    text = ngettext("%(n)s tutor has no students.", "%(n)s tutors have no students.", count)
    return HomeLine(text % {"n": number(count)}, list_of("students=none&is_active__exact=1"))


def never_signed_in_line(count: int) -> HomeLine | None:
    """Say how many have never signed in."""
    if not count:
        return None
    text = ngettext(
        "%(n)s person has never signed in.", "%(n)s people have never signed in.", count
    )
    return HomeLine(text % {"n": number(count)}, list_of("signed_in=never&is_active__exact=1"))


def newcomers_line(count: int) -> HomeLine:
    """Say how many were added lately; to a school without news, how people come in."""
    if not count:
        return HomeLine(_("New people come in by a file."), reverse("admin:roster_user_import"))
    text = ngettext(
        "%(n)s person was added in the last 7 days.",
        "%(n)s people were added in the last 7 days.",
        count,
    )
    return HomeLine(text % {"n": number(count)}, list_of("joined=lately"))


def list_of(query: str) -> str:
    """Link to the list of people, as it is filtered by `query`."""
    return f"{reverse('admin:roster_user_changelist')}?{query}"


def count_of(rows: Callable[[], QuerySet[Any]], line: Callable[[int], Any]) -> HomeCount:
    """Count people for whoever may view them."""
    return HomeCount(HomeSection.PEOPLE, VIEW, rows, line)


PEOPLE_COUNTS = (
    count_of(selectors.untaught_students, untaught_line),
    count_of(selectors.tutors_without_students, idle_tutors_line),
    count_of(selectors.never_signed_in, never_signed_in_line),
    count_of(selectors.joined_lately, newcomers_line),
)
