"""Pages of the admin whose rows are above some readers: shown to them, and not to be changed."""

from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext

from speaktracker.http.row_history import RowHistory
from speaktracker.roster.models import User
from speaktracker.roster.permissions import Outranked, ids_of_people_above


def editor_of(request: HttpRequest) -> User:
    """Return the member of staff who asks."""
    return cast(User, request.user)


def once(request: HttpRequest, name: str, rows: Callable[[User], QuerySet[Any]]) -> Set[int]:
    """Look up the ids of `rows` of who asks, once a request."""
    if not hasattr(request, name):
        setattr(request, name, frozenset(rows(editor_of(request)).values_list("pk", flat=True)))
    found: Set[int] = getattr(request, name)
    return found


def ids_above(request: HttpRequest) -> Set[int]:
    """Return whose rows who asks may not change; see `people_above`."""
    if not hasattr(request, "people_above"):
        rows = ids_of_people_above(editor_of(request))
        setattr(request, "people_above", frozenset(row["pk"] for row in rows))  # noqa: B010
    found: Set[int] = getattr(request, "people_above")  # noqa: B009 - no attribute of Django's
    return found


class RankedPages(RowHistory):
    """A row above the reader may be looked at; what changes it is refused, and says why."""

    why_not: Any = Outranked.SENTENCE
    get_object: Any

    def is_above(self, request: HttpRequest, row: Any) -> bool:
        """Tell whether `row` is above who asks."""
        raise NotImplementedError

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever edits a person could sign in as that person."""
        may: bool = super().has_change_permission(request, obj)  # type: ignore[misc]
        return may and not (obj and self.is_above(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may: bool = super().has_delete_permission(request, obj)  # type: ignore[misc]
        return may and not (obj and self.is_above(request, obj))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        with self.in_words(request, object_id, self.has_change_permission):
            page: HttpResponse = super().changeform_view(  # type: ignore[misc]
                request, object_id, *args, **kwargs
            )
        return page

    def delete_view(self, request: HttpRequest, object_id: str, *args: Any) -> HttpResponse:
        with self.in_words(request, object_id, self.has_delete_permission):
            page: HttpResponse = super().delete_view(request, object_id, *args)  # type: ignore[misc]
        return page

    @contextmanager
    def in_words(
        self, request: HttpRequest, object_id: str | None, may: Callable[..., bool]
    ) -> Iterator[None]:
        """Say why, where a page is refused to somebody for the row it is about alone."""
        try:
            yield
        except PermissionDenied:
            row = self.get_object(request, unquote(object_id)) if object_id else None
            if row and may(request) and self.is_above(request, row):
                raise Outranked(self.why_not) from None
            raise


def those_below(request: HttpRequest, people: QuerySet[User]) -> QuerySet[User]:
    """Leave out of `people` who is above the reader, who is told how many that are."""
    above = ids_of_people_above(editor_of(request))
    if count := people.order_by().filter(pk__in=above).count():
        text = ngettext(
            "%d of the chosen people may do what you may not, and was left out. Ask a superuser.",
            "%d of the chosen people may do what you may not, and were left out. Ask a superuser.",
            count,
        )
        messages.warning(request, text % count)
    return people.exclude(pk__in=above)
