"""Identity over HTTP: who calls, by the access token of the request."""

from typing import cast

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from speaktracker.auth import bearer_tokens
from speaktracker.auth.credentials import Credentials
from speaktracker.auth.shared_computers.session_store import SessionStore
from speaktracker.auth.validity.selectors import holder_of
from speaktracker.exceptions import InvalidCredentials, NoRole
from speaktracker.roster.models import User

REALM = 'Bearer realm="speaktracker"'


class WrongCredentials(APIException):
    """Address and password do not belong together, or the token is not valid."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_detail = _("The user's identity could not be verified.")
    auth_header = REALM  # REST framework sends it as WWW-Authenticate


class BearerAuthentication(BaseAuthentication):
    """Accept `Authorization: Bearer <access JWT>`; `request.auth` is its Credentials."""

    def authenticate(self, request: Request) -> tuple[User, Credentials] | None:
        scheme, _space, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            credentials = bearer_tokens.verify(token.strip().decode("latin-1"))
        except InvalidCredentials:
            raise AuthenticationFailed(WrongCredentials.default_detail) from None
        except NoRole:
            raise PermissionDenied from None
        user = holder_of(credentials)
        if user is None:
            raise AuthenticationFailed(WrongCredentials.default_detail)
        return user, credentials

    def authenticate_header(self, _request: Request) -> str:
        return REALM


def caller_id(request: Request) -> int:
    """Return the id of who calls; for views that let only signed-in users in."""
    return cast(int, request.user.pk)


def credentials_of(request: Request) -> Credentials:
    """Return what the call was made with: its token, or its session; as `caller_id`."""
    if isinstance(request.auth, Credentials):
        return request.auth
    user = cast(User, request.user)
    session = cast(SessionStore, request._request.session)
    return Credentials(
        user.pk,
        user.credentials_version,
        session_key=session.session_key,
        session_is_shared=session.is_shared,
    )
