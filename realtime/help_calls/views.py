"""The API's calls for help: as the socket's messages, for clients that have none open."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from realtime.broadcast import publish
from realtime.help_calls import services
from realtime.help_calls.selectors import current_call
from realtime.help_calls.serializers import HelpIn, HelpOut, SeenIn
from realtime.help_calls.services import NotInClass, NotOwnStudent
from speaktracker.auth.api_view import ApiView
from speaktracker.auth.authentication import caller_id
from speaktracker.auth.openapi_security import BAD_BODY, REFUSALS
from speaktracker.clock import wire
from speaktracker.roster.models import UserType


class StudentHelp(ApiView):
    """A student's question to their tutor."""

    role = UserType.STUDENT

    @extend_schema(operation_id="get_help", responses={200: HelpOut, **REFUSALS})
    def get(self, request: Request) -> Response:
        """Show what has become of your question."""
        return Response(_shown(caller_id(request)))

    @extend_schema(
        operation_id="ask_for_help",
        request=HelpIn,
        responses={200: HelpOut, **BAD_BODY, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Ask your tutor for help; asking again keeps the first time."""
        body = HelpIn(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            news = services.ask(caller_id(request), body.validated_data["note"])
        except NotInClass:
            raise PermissionDenied(_("You are not in class.")) from None
        publish.from_thread(publish.announce, news)
        return Response(_shown(caller_id(request)))

    @extend_schema(operation_id="withdraw_help", responses={200: HelpOut, **REFUSALS})
    def delete(self, request: Request) -> Response:
        """Take your question back."""
        publish.from_thread(publish.announce, services.withdraw(caller_id(request)))
        return Response(_shown(caller_id(request)))


class HelpSeen(ApiView):
    """A tutor has seen a question."""

    role = UserType.TUTOR

    @extend_schema(
        operation_id="note_help_seen", request=SeenIn, responses={204: None, **BAD_BODY, **REFUSALS}
    )
    def post(self, request: Request) -> Response:
        """Tell a student of yours that you have seen that they ask for help."""
        body = SeenIn(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            news = services.see(caller_id(request), body.validated_data["student_email"])
        except NotOwnStudent:
            raise PermissionDenied(_("This is not one of your students.")) from None
        publish.from_thread(publish.announce, news)
        return Response(status=204)


def _shown(student_id: int) -> dict[str, Any]:
    call = current_call(student_id)
    if call is None:
        return {"state": "none", "timestamp": None, "asked_at": None, "note": ""}
    return {
        "state": call.state,
        "timestamp": wire(call.at),
        "asked_at": wire(call.asked_at),
        "note": call.note,
    }
