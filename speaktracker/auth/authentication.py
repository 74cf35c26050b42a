"""Identity over HTTP: who calls, by the access token of the request."""

from typing import cast

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from speaktracker.auth import tokens
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User

REALM = 'Bearer realm="speaktracker"'


class WrongCredentials(APIException):
    """Address and password do not belong together, or the token is not valid."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_detail = _("The user's identity could not be verified.")
    auth_header = REALM  # REST framework sends it as WWW-Authenticate


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
