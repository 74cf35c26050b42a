"""The API's calls for history: a student's sessions, attendance and coverage."""

from collections.abc import Callable, Iterable
from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from realtime.history.attendance import TooManyRows, all_sessions
from realtime.history.bodies import (
    Body,
    CsvRenderer,
    attendance_body,
    coverage_body,
    session_body,
    sheet_row,
)
from realtime.history.coverage import coverage
from realtime.history.selectors import (
    AttendedSession,
    Cursor,
    StayPage,
    Wanted,
    own_person,
    people_of,
    stay_page,
)
from realtime.history.serializers import (
    AttendancePage,
    AttendanceQuery,
    CoverageList,
    OwnSessionsQuery,
    SessionsPage,
    SessionsQuery,
    cursor_text,
)
from speaktracker.auth.api_view import ApiView
from speaktracker.auth.authentication import caller_id
from speaktracker.auth.openapi_security import INVALID, REFUSALS
from speaktracker.roster.models import User, UserType
from speaktracker.school_days import today

SESSIONS_PAGE = 20
CSV = (200, "text/csv")


class TutorSessions(ApiView):
    """What one student of a tutor did."""

    role = UserType.TUTOR
    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(
        operation_id="list_sessions",
        parameters=[SessionsQuery],
        responses={200: SessionsPage, CSV: OpenApiTypes.STR, 400: INVALID, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """List a student's sessions with their changes of state and sentence, newest first.

        As a CSV file, all of them in order, as attendance has them.
        """
        asked = _asked(request, SessionsQuery)
        people = people_of(caller_id(request))
        email = asked["student_email"]
        own = {pk: person for pk, person in people.items() if person.email == email}
        if not own:
            raise PermissionDenied(_("This is not one of your students."))
        return _sessions_of(request, Wanted(own), asked.get("before"))


class StudentSessions(ApiView):
    """What a student did themselves."""

    role = UserType.STUDENT
    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(
        operation_id="list_own_sessions",
        parameters=[OwnSessionsQuery],
        responses={200: SessionsPage, CSV: OpenApiTypes.STR, 400: INVALID, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """List your own sessions with their changes of state and sentence, newest first."""
        asked = _asked(request, OwnSessionsQuery)
        own = own_person(cast(User, request.user))
        return _sessions_of(request, Wanted(own), asked.get("before"))


class TutorAttendance(ApiView):
    """Who of a tutor's students was in class when."""

    role = UserType.TUTOR
    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(
        operation_id="list_attendance",
        parameters=[AttendanceQuery],
        responses={200: AttendancePage, CSV: OpenApiTypes.STR, 400: INVALID, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """List who was in class on some days, newest first; as a CSV file, all in order."""
        asked = _asked(request, AttendanceQuery)
        wanted = Wanted(people_of(caller_id(request)), asked["days"], asked.get("group", ""))
        if _wants_file(request):
            days = asked["days"]
            return _file(wanted, dict.fromkeys((days.first.isoformat(), days.last.isoformat())))
        return _answer(stay_page(wanted, asked.get("before")), attendance_body)


class TutorCoverage(ApiView):
    """Whom a tutor looked after today."""

    role = UserType.TUTOR

    @extend_schema(operation_id="show_coverage", responses={200: CoverageList, **REFUSALS})
    def get(self, request: Request) -> Response:
        """Show each student's time in class today, last feedback and how many today."""
        students = [coverage_body(one) for one in coverage(caller_id(request))]
        return Response({"students": students, "day": today().isoformat()})


def _wants_file(request: Request) -> bool:
    return bool(request.accepted_renderer.format == CsvRenderer.format)


def _file(wanted: Wanted, days: Iterable[str]) -> Response:
    """Answer with all rows, as a file that is named by its days."""
    try:
        rows = [sheet_row(session) for session in all_sessions(wanted)]
    except TooManyRows:
        raise ValidationError({"to": [TooManyRows.SENTENCE]}) from None
    name = "-".join(("attendance", *days))
    return Response(rows, headers={"Content-Disposition": f'attachment; filename="{name}.csv"'})


def _sessions_of(request: Request, wanted: Wanted, before: Cursor | None) -> Response:
    if _wants_file(request):
        return _file(wanted, ())
    return _answer(stay_page(wanted, before, SESSIONS_PAGE), session_body)


def _asked(request: Request, query: type[Serializer[Any]]) -> dict[str, Any]:
    asked = query(data={name: value for name, value in request.query_params.items() if value})
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _answer(page: StayPage, body: Callable[[AttendedSession], Body]) -> Response:
    rows = [body(session) for session in page.sessions]
    return Response({"results": rows, "next": cursor_text(page.next)})
