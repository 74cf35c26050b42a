"""The one place where exceptions become answers of the HTTP API."""

from typing import Any

from django.http import JsonResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from speaktracker import metrics
from speaktracker.db.outage import is_outage

CODES = {
    status.HTTP_400_BAD_REQUEST: "INVALID_MESSAGE",
    status.HTTP_401_UNAUTHORIZED: "INVALID_CREDENTIALS",
    status.HTTP_403_FORBIDDEN: "FORBIDDEN",
    status.HTTP_404_NOT_FOUND: "NOT_FOUND",
    status.HTTP_405_METHOD_NOT_ALLOWED: "METHOD_NOT_ALLOWED",
    status.HTTP_409_CONFLICT: "KEY_REUSED",
    status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: "MESSAGE_TOO_LARGE",
    status.HTTP_429_TOO_MANY_REQUESTS: "RATE_LIMITED",
    status.HTTP_500_INTERNAL_SERVER_ERROR: "INTERNAL_ERROR",
    status.HTTP_503_SERVICE_UNAVAILABLE: "UNAVAILABLE",
}


class ServiceUnavailable(APIException):
    """A store is away; `wait` becomes Retry-After, in seconds."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = _("This cannot be done right now. Please try again in a moment.")
    wait = 5


def exception_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer `error` with `{"detail", "code"}`, or with each field's errors; None for a bug."""
    if is_outage(error):
        error = ServiceUnavailable()
    response = exception_handler(error, context)
    if response is None:
        return None
    # Whatever a view answers with, as YAML or a page: what is refused is told in JSON.
    context["request"].accepted_renderer = JSONRenderer()
    context["request"].accepted_media_type = JSONRenderer.media_type
    code = code_of(error, response.status_code)
    metrics.error_answered(code)
    if isinstance(response.data, dict) and response.data.keys() == {"detail"}:
        response.data["code"] = code
    return response


def code_of(error: Exception, status_code: int) -> str:
    """Name what is answered to `error` with `status_code`."""
    return CODES.get(status_code, str(getattr(error, "default_code", "error")).upper())


def problem(status_code: int, detail: str) -> JsonResponse:
    """Answer `{"detail", "code"}` where no view of the API does."""
    if status_code >= 500:  # whoever tries addresses out would raise the rate of errors
        metrics.error_answered(CODES[status_code])
    body = {"detail": detail, "code": CODES[status_code]}
    return JsonResponse(body, status=status_code, json_dumps_params={"ensure_ascii": False})
