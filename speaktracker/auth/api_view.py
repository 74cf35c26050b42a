"""What every view of the API stands on."""

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.views import APIView

UNKNOWN_LENGTH = "-1"


class ApiView(APIView):
    """A view that also reads bodies sent in chunks."""

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        # REST framework takes a body of no stated length for none; ours is read up to its limit.
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            request.META.setdefault("CONTENT_LENGTH", UNKNOWN_LENGTH)
        return super().initialize_request(request, *args, **kwargs)
