"""The feedback API."""

import logging
import math
import time
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    PermissionDenied,
    Throttled,
    ValidationError,
)
from rest_framework.request import Request
from rest_framework.response import Response

from feedback import openapi, selectors, services
from feedback.frames import given_body, listed_body
from feedback.listed_students import listed_students
from feedback.models import Feedback
from feedback.serializers import FeedbackIn, GivenQuery, ReceivedQuery
from feedback.store import KeyReused, NotYourStudent, TooMuchFeedback
from speaktracker import db, logs, metrics
from speaktracker.auth.api_view import ApiView
from speaktracker.auth.authentication import caller_id
from speaktracker.auth.idempotency_key import key_of
from speaktracker.clock import now, wire
from speaktracker.http_errors import code_of
from speaktracker.roster.models import UserType

GIVEN, REFUSED = metrics.handled("feedback"), metrics.handled("feedback", "error")
UNKNOWN_PER_SECOND: Final = 1.0

# As on the socket: of what went well, at most so many lines a second are logged.
_sampler = logs.Sampler(settings.LOG_MESSAGES_PER_SECOND)
# Whoever has no identity can make any number of calls.
_unknown = logs.Sampler(UNKNOWN_PER_SECOND)


class KeyConflict(APIException):
    """The key stands for another body."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _("This Idempotency-Key was used for another body within 24 hours.")


class TutorFeedback(ApiView):
    """A tutor's feedback: give it, list it."""

    role = UserType.TUTOR

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        self.began_at = time.perf_counter()
        return super().initialize_request(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        """Answer as every view does; of a call to give, whatever refuses it is noted."""
        status_code: int = status.HTTP_500_INTERNAL_SERVER_ERROR
        try:
            response = super().handle_exception(exc)
            status_code = response.status_code
        finally:  # a bug goes on to whoever answers it
            if self.request.method == "POST":
                # Not `user`, which would look again for who it did not find.
                caller = getattr(getattr(self.request, "_user", None), "email", None)
                code = code_of(exc, status_code)
                note_refused(caller, code, status_code, self.began_at)
        return response

    @openapi.give
    def post(self, request: Request) -> Response:
        """Give feedback to one of your students: stored first, then delivered."""
        key = key_of(request)
        body = FeedbackIn(data=request.data)
        body.is_valid(raise_exception=True)
        draft = body.validated_data
        try:
            row = db.run_in_loop(services.give_feedback, caller_id(request), draft, key)
        except NotYourStudent:
            raise PermissionDenied(_("This is not one of your students.")) from None
        except KeyReused:
            raise KeyConflict from None
        except TooMuchFeedback as refused:
            raise Throttled(math.ceil(refused.wait)) from None
        note_given(row, self.began_at)
        code = status.HTTP_201_CREATED if row.outcome == "delivered" else status.HTTP_202_ACCEPTED
        return Response(given_body(row, get_language() or "ko"), code)

    @openapi.list_given
    def get(self, request: Request) -> Response:
        """List the feedback you gave, newest first, 50 a page.

        What a substitute gave to your students is among it, with `for_tutor_email`: yours.
        """
        return _listed(request, GivenQuery, *selectors.shown_to_tutor(caller_id(request)))


class StudentFeedback(ApiView):
    """A student's feedback."""

    role = UserType.STUDENT

    @openapi.list_received
    def get(self, request: Request) -> Response:
        """List the feedback you received, newest first, 50 a page."""
        return _listed(request, ReceivedQuery, selectors.received_by(caller_id(request)))


class TutorStudents(ApiView):
    """The dashboard as JSON."""

    role = UserType.TUTOR

    @openapi.students
    def get(self, request: Request) -> Response:
        """Show every student of yours, lent and offline ones too, as `broadcast_all` does."""
        moment = now()
        students = listed_students(caller_id(request), moment)
        return Response({"students": students, "generated_at": wire(moment)})


def _listed(request: Request, query: type[ReceivedQuery], *own: Any) -> Response:
    asked = query(data={name: value for name, value in request.query_params.items() if value})
    asked.is_valid(raise_exception=True)
    try:
        page = selectors.page_of(*own, **asked.validated_data)
    except selectors.UnknownCursor:
        raise ValidationError({"before": [_("This message is not known.")]}) from None
    return Response({"results": [listed_body(row) for row in page.rows], "next": page.next})


def note_given(row: Feedback, began_at: float) -> None:
    """Count and log a call that stored `row`; `began_at` is of `time.perf_counter`."""
    if row.outcome == "failed":  # online, and no connection confirmed it
        code = "DELIVERY_FAILED"
        metrics.error_answered(code)
        note_refused(row.tutor_email, code, status.HTTP_202_ACCEPTED, began_at)
        return
    GIVEN.inc()
    if stands_for := _sampler.take():
        logs.message(
            message_type="feedback",
            user_email=row.tutor_email,
            duration_ms=_milliseconds_since(began_at),
            stands_for=stands_for,
        )


def note_refused(caller: str | None, code: str, status_code: int, began_at: float) -> None:
    """Count and log a call that is answered with an error; `caller` is None for nobody known.

    Who is nobody raises no rate of errors by what they send, and fills no log.
    """
    stands_for = 1
    if caller is None and status_code < status.HTTP_500_INTERNAL_SERVER_ERROR:
        stands_for = _unknown.take()
    else:
        REFUSED.inc()
    is_bug = status_code == status.HTTP_500_INTERNAL_SERVER_ERROR
    if stands_for:
        logs.message(
            message_type="feedback",
            user_email=caller,
            status="error",
            duration_ms=_milliseconds_since(began_at),
            level=logging.ERROR if is_bug else logging.WARNING,
            code=code,
            stands_for=stands_for,
        )


def _milliseconds_since(began_at: float) -> float:
    return round((time.perf_counter() - began_at) * 1000, 2)
