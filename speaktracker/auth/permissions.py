"""Who may call what."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from speaktracker.roster.models import User, UserType

if TYPE_CHECKING:
    from rest_framework.views import APIView


class _IsOfType(BasePermission):
    user_type: UserType

    def has_permission(self, request: Request, _view: "APIView") -> bool:
        return isinstance(request.user, User) and request.user.user_type == self.user_type


class IsTutor(_IsOfType):
    """Tutors only."""

    user_type = UserType.TUTOR


class IsStudent(_IsOfType):
    """Students only."""

    user_type = UserType.STUDENT
