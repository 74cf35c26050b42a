"""The admin's site: Django's own, which begins with how the school is."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse

from speaktracker.staff_home.home_reading import read_home

View = Callable[..., Any]


class StaffSite(AdminSite):
    """The site that `django.contrib.admin.site` stands for."""

    site_header = site_title = "SpeakTracker"
    index_template = "admin/home.html"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show how the school is, as far as the reader may see it, above what can be edited."""
        home = read_home(request.user)
        answer: HttpResponse = super().index(request, {**(extra_context or {}), "home": home})
        return answer

    def admin_view(self, view: View, cacheable: bool = False) -> Any:
        """Have a page not see the language that was asked for with its address.

        By then it is chosen and kept; a list would take it for a filter that it does not know.
        """
        guarded: View = super().admin_view(view, cacheable)

        def without_language(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if "lang" in request.GET:
                asked = request.GET.copy()
                del asked["lang"]
                request.GET = asked  # type: ignore[assignment]
                request.META["QUERY_STRING"] = asked.urlencode()
            return guarded(request, *args, **kwargs)

        return update_wrapper(without_language, guarded)
