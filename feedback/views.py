"""The feedback API."""

import time
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from msgspec import to_builtins
from rest_framework import status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from feedback import openapi, selectors, services
from feedback.frames import given_body, listed_body
from feedback.serializers import FeedbackIn, GivenQuery, KeyHeader, ReceivedQuery
from feedback.store import KeyReused, NotYourStudent
from realtime.broadcast.dashboard_frames import student_data
from realtime.presence.snapshot import read_students
from realtime.protocol.server_messages import StudentsData
from speaktracker import logs, metrics
from speaktracker.auth.api_view import ApiView
from speaktracker.auth.authentication import caller_id
from speaktracker.clock import now, wire
from speaktracker.roster.models import UserType

KEY_HEADER = "Idempotency-Key"
HANDLED = metrics.handled("feedback")
# As on the socket: of what went well, at most so many lines a second are logged.
_sampler = logs.Sampler(settings.LOG_MESSAGES_PER_SECOND)


class KeyConflict(APIException):
    """The key stands for another body."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _("This Idempotency-Key was used for another body within 24 hours.")


class TutorFeedback(ApiView):
    """A tutor's feedback: give it, list it."""

    role = UserType.TUTOR

    @openapi.give
    def post(self, request: Request) -> Response:
        """Give feedback to one of your students: stored first, then delivered."""
        started = time.perf_counter()
        key = checked_key(request) if KEY_HEADER in request.headers else None
        body = FeedbackIn(data=request.data)
        body.is_valid(raise_exception=True)
        draft = body.validated_data
        try:
            row = async_to_sync(services.give_feedback)(caller_id(request), draft, key)
        except NotYourStudent:
            raise PermissionDenied(_("This is not one of your students.")) from None
        except KeyReused:
            raise KeyConflict from None
        HANDLED.inc()
        if stands_for := _sampler.take():
            logs.message(
                message_type="feedback",
                user_email=row.tutor_email,
                duration_ms=round((time.perf_counter() - started) * 1000, 2),
                stands_for=stands_for,
            )
        code = status.HTTP_201_CREATED if row.outcome == "delivered" else status.HTTP_202_ACCEPTED
        return Response(given_body(row, get_language() or "ko"), code)

    @openapi.list_given
    def get(self, request: Request) -> Response:
        """List the feedback you gave, newest first, 50 a page."""
        return _listed(request, selectors.given_by(caller_id(request)), GivenQuery)


class StudentFeedback(ApiView):
    """A student's feedback."""

    role = UserType.STUDENT

    @openapi.list_received
    def get(self, request: Request) -> Response:
        """List the feedback you received, newest first, 50 a page."""
        return _listed(request, selectors.received_by(caller_id(request)), ReceivedQuery)


class TutorStudents(ApiView):
    """The dashboard as JSON."""

    role = UserType.TUTOR

    @openapi.students
    def get(self, request: Request) -> Response:
        """Show every student of yours, offline ones too, as `broadcast_all` does."""
        students = [student_data(student) for student in read_students(caller_id(request))]
        data = StudentsData(students=[*students], generated_at=wire(now()))
        return Response(to_builtins(data))


def checked_key(request: Request) -> str:
    """Read the header that makes a repeated call safe; raises ValidationError under its name."""
    header = KeyHeader(data={"key": request.headers[KEY_HEADER]})
    if not header.is_valid():
        raise ValidationError({KEY_HEADER: header.errors["key"]})
    return str(header.validated_data["key"])


def _listed(request: Request, own: Any, query: type[ReceivedQuery]) -> Response:
    asked = query(data={name: value for name, value in request.query_params.items() if value})
    asked.is_valid(raise_exception=True)
    try:
        page = selectors.page_of(own, **asked.validated_data)
    except selectors.UnknownCursor:
        raise ValidationError({"before": [_("This message is not known.")]}) from None
    return Response({"results": [listed_body(row) for row in page.rows], "next": page.next})
