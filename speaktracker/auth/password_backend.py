"""Signing in with an e-mail address and a password; every password is compared under the guard."""

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from speaktracker.guard.services import guarded
from speaktracker.roster.models import User
from speaktracker.text import is_storable, normal_email


class GuardedPasswordBackend(ModelBackend):
    """Takes `username` and `password`; PermissionDenied ends the search in other backends.

    An address that nobody has is counted and hashed for like any other, so that neither the answer
    nor its time tells it apart. Raises TryRefused.
    """

    def authenticate(  # type: ignore[override]
        self, _request: HttpRequest | None, username: str | None = None, password: str | None = None
    ) -> User | None:
        if username is None or password is None:
            return None
        email = normal_email(username)
        user = User.objects.filter(email=email).first() if is_storable(email) else None
        if user is None:
            with guarded(email):
                User().set_password(password if is_storable(password) else "")
            raise PermissionDenied
        if not user.check_password(password) or not self.user_can_authenticate(user):
            raise PermissionDenied
        return user

    async def aauthenticate(  # type: ignore[override]
        self, request: HttpRequest | None, **credentials: Any
    ) -> User | None:
        return await sync_to_async(self.authenticate)(request, **credentials)
