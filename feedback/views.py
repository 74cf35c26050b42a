"""The feedback API."""

import math
import time
from typing import Any

from django.conf import settings
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
from feedback.serializers import FeedbackIn, GivenQuery, ReceivedQuery
from feedback.store import KeyReused, NotYourStudent, TooMuchFeedback
from speaktracker import db, logs, metrics
from speaktracker.auth.api_view import ApiView
from speaktracker.auth.authentication import caller_id
from speaktracker.auth.idempotency_key import key_of
from speaktracker.clock import now, wire
from speaktracker.roster.models import UserType

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
