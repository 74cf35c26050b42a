"""A tutor's students as the API lists them: as a snapshot shows them, and who needs attention."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from msgspec import to_builtins

from feedback.frames import last_feedback
from feedback.models import Feedback
from feedback.selectors import last_of_each
from realtime.broadcast.dashboard_frames import student_data
from realtime.broadcast.lent_frames import lent_by
from realtime.presence.attention import attention, attention_minutes
from realtime.presence.class_rules import Student
from realtime.presence.snapshot import read_students
from speaktracker.clock import wire

Body = dict[str, Any]


def listed_students(tutor_id: int, now: datetime) -> list[Body]:
    """List every student of a tutor and who is lent to them, offline ones too."""
    watched, minutes = read_students(tutor_id), attention_minutes(settings.LIMITS)
    last = last_of_each(tutor_id, watched.lent)
    listed = []
    for student in watched.students:
        body = listed_student(student, last.get(student.student_id), minutes, now)
        if lender := watched.lent.get(student.student_id):
            body["lent_by"] = to_builtins(lent_by(lender))
        listed.append(body)
    return listed


def listed_student(
    student: Student, last: Feedback | None, minutes: Mapping[str, float], now: datetime
) -> Body:
    """Show one student, whom the tutor gave `last` last; `minutes` as `attention` takes them."""
    needs = attention(student, last.timestamp if last else None, minutes, now)
    return {
        **to_builtins(student_data(student)),
        "last_feedback": to_builtins(last_feedback(last)) if last else None,
        "attention": {"reason": needs.reason, "since": wire(needs.since) if needs.since else None},
    }
