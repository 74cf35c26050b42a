"""Rows of people, found in the admin by how an address or a name begins."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from speaktracker.db.long_lists import LongList
from speaktracker.roster import selectors
from speaktracker.roster.models import User

# Whose rows one search shows; who types a single letter types on.
MOST_PEOPLE = 100


class FoundByPeople(LongList):
    """Found by those of whom `people_fields` of a row name one: how address or name begins."""

    people_fields: tuple[str, ...] = ("student", "tutor")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find the rows of people; see `selectors.people_called`."""
        if not search_term.strip():
            return queryset, False
        people = selectors.people_called(User.objects.order_by("email"), search_term)
        some = people.values_list("pk", flat=True)[:MOST_PEOPLE]
        # Those without a row would have the newest rows searched for theirs, to the oldest one.
        rows = queryset.model._default_manager.order_by()
        has_rows = [Exists(rows.filter(**{name: OuterRef("pk")})) for name in self.people_fields]
        named = User.objects.filter(Q(*has_rows, _connector=Q.OR), pk__in=list(some))
        ids = list(named.order_by().values_list("pk", flat=True))
        of_them = [(f"{name}__in", ids) for name in self.people_fields]
        return queryset.filter(Q(*of_them, _connector=Q.OR)), False


class FoundBySession(FoundByPeople):
    """Found by an address with a session's name after it, too: `student@example.com session_1`."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find the rows of people, in one session where one is named."""
        who, _space, session = search_term.strip().partition(" ")
        if "@" not in who or not session:
            return super().get_search_results(request, queryset, search_term)
        found, has_duplicates = super().get_search_results(request, queryset, who)
        return found.filter(session_id=session.strip()), has_duplicates
