"""Rows of people, found in the admin by how an address or a name begins."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.admin.views.main import ChangeList
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from speaktracker.db.long_lists import BoundedChangeList, LongList
from speaktracker.roster import selectors
from speaktracker.roster.models import User, UserType

# Of so many who are called so, those who have rows are looked for; and of so many of these one
# search shows the rows. Who types a single letter types on.
MOST_LOOKED_AT = 1_000
MOST_PEOPLE = 100


class WithPeopleById(BoundedChangeList):
    """A list whose people are read when the rows of the page are known, by their ids.

    Where they are joined to more than a few rows, everybody is read for that.
    """

    def get_results(self, request: HttpRequest) -> None:
        joined = self.queryset.query.select_related
        names = list(joined) if isinstance(joined, dict) else []
        people = [n for n in names if self.lookup_opts.get_field(n).related_model is User]
        others = [name for name in names if name not in people]
        if people:
            self.queryset = self.queryset.select_related(None)
        if people and others:
            self.queryset = self.queryset.select_related(*others)
        super().get_results(request)
        if people:
            self.result_list = with_people(self.result_list, people)


class FoundPeople(BoundedChangeList):
    """A list of people whose tutors are read, where it is searched, for those of the page.

    A search is thought to find few: joined, the tutors of thousands would be read for a page.
    """

    def get_results(self, request: HttpRequest) -> None:
        if self.query:
            people = self.queryset.select_related(None)
            self.queryset = people.prefetch_related("mapping__tutor")
        super().get_results(request)


def with_people(rows: Iterable[Any], names: list[str]) -> list[Any]:
    """Give rows the people whom the fields `names` of them name, in one query.

    A row whose person was deleted meanwhile has gone or changed too, and is left out.
    """
    named = [(row, {name: getattr(row, f"{name}_id") for name in names}) for row in rows]
    ids = {pk for _row, by_name in named for pk in by_name.values()} - {None}
    found = {None: None, **User.objects.defer("password").in_bulk(ids)}
    there = [(row, by_name) for row, by_name in named if found.keys() >= set(by_name.values())]
    for row, by_name in there:
        for name, pk in by_name.items():
            setattr(row, name, found[pk])
    return [row for row, _by_name in there]


class FoundByPeople(LongList):
    """Found by those of whom `people_fields` of a row name one: how address or name begins.

    An index of the rows begins with each of these fields. With `people_type` only people of that
    type are in them.
    """

    people_fields: tuple[str, ...] = ("student", "tutor")
    people_type: ClassVar[UserType | None] = None

    def get_changelist(self, request: HttpRequest, **_options: Any) -> type[ChangeList]:
        """Name the list that reads people by their ids."""
        return WithPeopleById

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find the rows of people; see `selectors.people_called`."""
        if not search_term.strip():
            return queryset, False
        people = User.objects.order_by("email")
        if self.people_type:
            people = people.filter(user_type=self.people_type)
        called = selectors.people_called(people, search_term)
        # Each field with those alone whom it names: the others' rows would be expected in it,
        # and for them the newest rows be searched to the oldest one.
        named = self._named_in_rows(called, queryset.model._default_manager.order_by())
        of_them = [(f"{name}__in", ids) for name, ids in named.items()]
        return queryset.filter(Q(*of_them, _connector=Q.OR)), False

    def _named_in_rows(self, people: QuerySet[User], rows: QuerySet[Any]) -> dict[str, list[int]]:
        """Return the ids of the first `people` whom rows name, by the field that does."""
        nearest = {f"nearest_{name}": nearest_id(rows, f"{name}_id") for name in self.people_fields}
        looked_at = people.annotate(**nearest).values_list("pk", *nearest)[:MOST_LOOKED_AT]
        found = [(pk, ids) for pk, *ids in looked_at if pk in ids][:MOST_PEOPLE]
        return {
            name: [pk for pk, ids in found if ids[number] == pk]
            for number, name in enumerate(self.people_fields)
        }


def nearest_id(rows: QuerySet[Any], column: str) -> Subquery:
    """Ask for the first id of a person, from the asked one's on, that stands in a column of `rows`.

    One step into an index, which alone has that order. Whether there is a row of that very person
    could be told by reading all of them too, and as soon as statistics say so would be.
    """
    return Subquery(
        rows.filter(**{f"{column}__gte": OuterRef("pk")}).order_by(column).values(column)[:1]
    )


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
