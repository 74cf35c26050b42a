"""What the lists of the admin have in common that grow with the school: no page reads a table."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from speaktracker.db.bounded_pages import BoundedPaginator


class BoundedChangeList(ChangeList):
    """A list whose rows are never asked for without a limit, however few they turn out to be.

    Django leaves it out where all fit on a page; the database does not know that they do, and
    prepares for as many as its statistics say.
    """

    def get_ordering_field(self, field_name: Callable[..., Any] | str) -> Any:
        """Sort by what may be sorted by, though another column be named in the address."""
        may_be = self.sortable_by is None or field_name in self.sortable_by
        return super().get_ordering_field(field_name) if may_be else None

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.multi_page:
            self.result_list = self.queryset[: self.list_per_page]


class LongList:
    """Options of a list of many rows; its `ordering` and whatever sorts it stand in an index."""

    paginator: ClassVar[Any] = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = list_per_page
    # A click on a column would sort the whole table.
    sortable_by: ClassVar[Any] = ()
    # Counts beside each choice of the filters would read all of it.
    show_facets = ShowFacets.NEVER

    def get_changelist(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django passes it
        **_options: Any,
    ) -> type[ChangeList]:
        """Name the list that never goes without a limit."""
        return BoundedChangeList
