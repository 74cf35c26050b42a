"""Whom sentence lists are given to, in words for staff."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from realtime.sentences.models import GivenTo
from realtime.sentences.selectors import not_ended

MOST_GROUPS = 12


def given_words(list_ids: Collection[int]) -> dict[int, str]:
    """Say whom each of some lists is given to, now or later: everyone, groups, so many students."""
    rows = not_ended().filter(sentence_list__in=list_ids).order_by("group")
    counted = rows.values_list("sentence_list", "given_to", "group").annotate(n=Count("pk"))
    found: dict[int, dict[str, Any]] = defaultdict(lambda: defaultdict(list))
    for list_id, given_to, group, count in counted:
        found[list_id][given_to].append(group if given_to == GivenTo.GROUP else count)
    return {list_id: _in_words(given) for list_id, given in found.items()}


def _in_words(given: dict[str, Any]) -> str:
    """Put together what one list's assignments come to."""
    groups, students = given[GivenTo.GROUP], sum(given[GivenTo.STUDENT])
    said = [str(GivenTo.EVERYONE.label)] if given[GivenTo.EVERYONE] else []
    said += groups[:MOST_GROUPS]
    if more := len(groups) - MOST_GROUPS if len(groups) > MOST_GROUPS else 0:
        said.append(ngettext("%d more group", "%d more groups", more) % more)
    if students:
        said.append(ngettext("%d student", "%d students", students) % students)
    return ", ".join(said)


def nobody() -> str:
    """Say that a list is given to nobody."""
    return _("nobody")
