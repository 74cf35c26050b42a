"""What the API and files say of sessions, attendance and coverage, by the names of the contract."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from msgspec import to_builtins
from rest_framework.renderers import BaseRenderer

from realtime.history.coverage import CoveredStudent
from realtime.history.selectors import AttendedSession
from speaktracker.clock import wire
from speaktracker.roster.imports.spreadsheet import safe_cell

Body = dict[str, Any]

ATTENDANCE_FIELDS = (
    *("student_email", "student_name", "group", "came_at", "left_at"),
    *("active_seconds", "idle_seconds", "paused_seconds", "sentences", "feedback"),
)
# By this mark Excel takes a file for UTF-8, in Korea too.
BYTE_ORDER_MARK = "\ufeff"


def attendance_body(session: AttendedSession) -> Body:
    """Show a session as a row of attendance."""
    row = session.row
    return {
        "student_email": session.person.email,
        "student_name": session.person.name,
        "group": session.stay.group,
        "came_at": wire(row.came_at),
        "left_at": wire(row.left_at) if row.left_at else None,
        "active_seconds": row.active_seconds,
        "idle_seconds": row.idle_seconds,
        "paused_seconds": row.paused_seconds,
        "sentences": row.sentences,
        "feedback": session.feedback,
    }


def session_body(session: AttendedSession) -> Body:
    """Show a session with what changed in it, each time the state or the sentence."""
    changes = [
        {
            "at": wire(change.at),
            "status": change.status,
            "current_sentence": change.sentence,
            "progress": change.progress,
            "skipped": change.skipped,
        }
        for change in session.changes
    ]
    reason = session.stay.reason or None
    named = {"session_id": session.row.session_id, "reason": reason}
    return attendance_body(session) | named | {"changes": changes}


def coverage_body(covered: CoveredStudent) -> Body:
    """Show how a student was looked after today."""
    return {
        "student_email": covered.person.email,
        "student_name": covered.person.name,
        "group": covered.person.group,
        "in_class": covered.in_class,
        "in_class_seconds": covered.in_class_seconds,
        "last_feedback": to_builtins(covered.last_feedback),
        "feedback_today": covered.feedback_today,
    }


def sheet_row(session: AttendedSession) -> Body:
    """Show a session as a row of a file for people: its times are the school's."""
    row = session.row
    times = {"came_at": _school_time(row.came_at), "left_at": _school_time(row.left_at)}
    return attendance_body(session) | times


def _school_time(moment: Any) -> str:
    if moment is None:
        return ""
    local = timezone.localtime(moment, timezone.get_default_timezone())
    return local.isoformat(" ", "seconds")


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Write rows of attendance as a file that Excel opens rightly, with no formula in it."""
    file = io.StringIO(newline="")
    file.write(BYTE_ORDER_MARK)
    writer = csv.writer(file)
    writer.writerow(ATTENDANCE_FIELDS)
    for row in rows:
        cells = (row[name] for name in ATTENDANCE_FIELDS)
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in cells])
    return file.getvalue()


class CsvRenderer(BaseRenderer):
    """Rows of attendance as `?format=csv`."""

    media_type = "text/csv"
    format = "csv"

    def render(self, data: Any, *_arguments: Any, **_options: Any) -> bytes:
        return csv_text(data).encode()
