"""What the calls for history take and answer."""

import re
from typing import Any, get_args

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from realtime.history.day_ranges import MOST_DAYS, WrongRange, day_range
from realtime.history.selectors import Cursor
from realtime.protocol.field_types import Status
from realtime.protocol.wire_limits import EMAIL_LENGTH
from speaktracker.auth.serializers import AddressValue
from speaktracker.clock import at

STATUSES = [*get_args(Status)]
CURSOR = re.compile(r"(\d{1,16})-(\d{1,18})", re.ASCII)


class CursorField(serializers.CharField):
    """`next` of the page before."""

    def to_internal_value(self, data: Any) -> Any:
        found = cursor_of(super().to_internal_value(data))
        if not found:
            raise ValidationError(_("This is not `next` of an earlier page."))
        return found


def cursor_of(text: str | None) -> Cursor | None:
    """Read what `cursor_text` wrote; None where it is something else."""
    found = CURSOR.fullmatch(text or "")
    return Cursor(at(int(found[1])), int(found[2])) if found else None


def cursor_text(cursor: Cursor | None) -> str | None:
    """Write a cursor as `next` shows it."""
    return f"{round(cursor.came_at.timestamp() * 1_000_000)}-{cursor.pk}" if cursor else None


class DaysQuery(serializers.Serializer[Any]):
    """Which days to show; `from` and `to` are dates of the school's time zone, both included."""

    def get_fields(self) -> dict[str, Any]:
        """Name the fields, one of which Python has another use for."""
        day = serializers.DateField
        about = f"The last day; at most {MOST_DAYS} days at once."
        return {
            "from": day(required=False, help_text="The first day; today where none is named."),
            "to": day(required=False, help_text=about),
            **super().get_fields(),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put the days together as `days`, a DayRange."""
        try:
            return attrs | {"days": day_range(attrs.pop("from", None), attrs.pop("to", None))}
        except WrongRange:
            raise ValidationError({"to": [too_long()]}) from None


def too_long() -> str:
    """Say what a range of days may be."""
    return _("Name days in their order, and at most %(days)d at once.") % {"days": MOST_DAYS}


class AttendanceQuery(DaysQuery):
    """Which attendance to list."""

    group = serializers.CharField(required=False, max_length=64, help_text="Of this group only.")
    before = CursorField(required=False, max_length=40, help_text="`next` of the page before.")


class SessionsQuery(serializers.Serializer[Any]):
    """Whose sessions to list."""

    student_email = AddressValue(max_length=EMAIL_LENGTH)
    before = CursorField(required=False, max_length=40, help_text="`next` of the page before.")


class OwnSessionsQuery(serializers.Serializer[Any]):
    """Which of a student's own sessions to list."""

    before = CursorField(required=False, max_length=40, help_text="`next` of the page before.")


@extend_schema_serializer(component_name="AttendanceRow")
class AttendanceOut(serializers.Serializer[Any]):
    """One session of a student in class."""

    student_email = serializers.EmailField()
    student_name = serializers.CharField()
    group = serializers.CharField(help_text="As it was when the student came.")
    came_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField(allow_null=True, help_text="null while they are in class.")
    active_seconds = serializers.IntegerField(help_text="Practising.")
    idle_seconds = serializers.IntegerField()
    paused_seconds = serializers.IntegerField()
    sentences = serializers.IntegerField(help_text="Done, skipped ones left out.")
    feedback = serializers.IntegerField()


class AttendancePage(serializers.Serializer[Any]):
    """Attendance, newest first."""

    results = AttendanceOut(many=True)
    next = serializers.CharField(allow_null=True)


@extend_schema_serializer(component_name="SessionChange")
class ChangeOut(serializers.Serializer[Any]):
    """What a student did from `at` on."""

    at = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=STATUSES)
    current_sentence = serializers.CharField(allow_blank=True)
    progress = serializers.FloatField()
    skipped = serializers.IntegerField()


@extend_schema_serializer(component_name="SessionWithChanges")
class SessionOut(AttendanceOut):
    """One session, with each change of state and sentence."""

    session_id = serializers.CharField(allow_blank=True)
    reason = serializers.ChoiceField(
        choices=["finished", "disconnected"], allow_null=True, help_text="Why the stay ended."
    )
    changes = ChangeOut(many=True)


class SessionsPage(serializers.Serializer[Any]):
    """A student's sessions, newest first."""

    results = SessionOut(many=True)
    next = serializers.CharField(allow_null=True)


@extend_schema_serializer(component_name="CoverageLastFeedback")
class LastGivenOut(serializers.Serializer[Any]):
    """The last feedback of this tutor."""

    message_id = serializers.UUIDField()
    state = serializers.CharField()
    timestamp = serializers.DateTimeField()


@extend_schema_serializer(component_name="CoveredStudent")
class CoverageOut(serializers.Serializer[Any]):
    """How a student was looked after today."""

    student_email = serializers.EmailField()
    student_name = serializers.CharField()
    group = serializers.CharField()
    in_class = serializers.BooleanField(help_text="Now.")
    in_class_seconds = serializers.IntegerField(help_text="Today.")
    last_feedback = LastGivenOut(allow_null=True)
    feedback_today = serializers.IntegerField(help_text="Of this tutor.")


class CoverageList(serializers.Serializer[Any]):
    """Every student of a tutor: who was here longest without feedback today comes first."""

    students = CoverageOut(many=True)
    day = serializers.DateField()
