"""The histories of rows in the admin, which tell nobody without rights whether a row is there."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse


class RowHistory:
    """Refuses the history of any row alike; Django leads away from one that is not there first."""

    has_view_or_change_permission: Any

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        history: HttpResponse = super().history_view(request, object_id, extra_context)  # type: ignore[misc]
        return history
