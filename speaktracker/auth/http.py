"""Identity over HTTP, and the one place where exceptions become answers of the API."""

from typing import Any, cast

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from speaktracker import logs, metrics
from speaktracker.auth import tokens
from speaktracker.exceptions import InvalidCredentials, Unavailable
from speaktracker.roster.models import User

REALM = 'Bearer realm="speaktracker"'
AWAY = (Unavailable, OperationalError, InterfaceError)
CODES = {
    status.HTTP_400_BAD_REQUEST: "INVALID_MESSAGE",
    status.HTTP_401_UNAUTHORIZED: "INVALID_CREDENTIALS",
    status.HTTP_403_FORBIDDEN: "FORBIDDEN",
    status.HTTP_404_NOT_FOUND: "NOT_FOUND",
    status.HTTP_409_CONFLICT: "KEY_REUSED",
    status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: "MESSAGE_TOO_LARGE",
    status.HTTP_429_TOO_MANY_REQUESTS: "RATE_LIMITED",
    status.HTTP_503_SERVICE_UNAVAILABLE: "UNAVAILABLE",
}


class WrongCredentials(APIException):
    """Address and password do not belong together, or the token is not valid."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_detail = _("The user's identity could not be verified.")


class ServiceUnavailable(APIException):
    """A store is away; `wait` becomes Retry-After, in seconds."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = _("This cannot be done right now. Please try again in a moment.")
    wait = 5


class BearerAuthentication(BaseAuthentication):
    """Accept `Authorization: Bearer <our access JWT>` of a user who exists and is active."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        scheme, _space, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            user_id = tokens.verify(token.strip().decode("latin-1")).user_id
        except InvalidCredentials:
            raise AuthenticationFailed(WrongCredentials.default_detail) from None
        user = User.objects.filter(pk=user_id, is_active=True).first()
        if user is None:
            raise AuthenticationFailed(WrongCredentials.default_detail)
        return user, None

    def authenticate_header(self, _request: Request) -> str:
        return REALM


def caller_id(request: Request) -> int:
    """Return the id of who calls; for views that let only signed-in users in."""
    return cast(int, request.user.pk)


def exception_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer `error` with `{"detail", "code"}`, or with each field's errors; None for a bug."""
    from rest_framework.views import exception_handler  # which imports this module

    if isinstance(error, AWAY):
        logs.event("error", status="error", code="UNAVAILABLE", reason=type(error).__name__)
        error = ServiceUnavailable()
    response = exception_handler(error, context)
    if response is None:
        return None
    code = CODES.get(response.status_code, _default_code(error))
    metrics.error_answered(code)
    if isinstance(response.data, dict) and response.data.keys() == {"detail"}:
        response.data["code"] = code
    if response.status_code == status.HTTP_401_UNAUTHORIZED:
        response.headers.setdefault("WWW-Authenticate", REALM)
    return response


def _default_code(error: Exception) -> str:
    return str(getattr(error, "default_code", "error")).upper()
