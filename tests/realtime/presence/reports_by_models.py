"""What a batch of reports means, written one row after another with models: the definition."""

from collections.abc import Collection

from django.db import transaction

from realtime.models import PracticeSession, Presence
from realtime.presence import class_history, class_rules, locks
from realtime.presence.class_rules import Report
from realtime.presence.locks import LockedStudent
from realtime.presence.news import Announcement, News, tutor_of
from realtime.presence.presence_rows import PRACTICE_FIELDS, set_row, student_of
from speaktracker.persistence.models import Change
from speaktracker.persistence.records import as_text, session_key
from speaktracker.persistence.tables import SESSIONS


@transaction.atomic
def apply_by_models(reports: Collection[Report], changes: Collection[Report]) -> list[News]:
    """Write a batch as `transitions.apply` has to."""
    presences = locks.presences({report.student_id for report in reports})
    locked = {
        pk: LockedStudent(student_of(row), tutor_of(row.tutor)) for pk, row in presences.items()
    }
    class_history.record_changes(reports, changes, locked)
    news: list[News] = []
    for report in sorted(reports, key=lambda report: report.version):
        presence = presences.get(report.student_id)
        if presence is None:
            continue
        student = student_of(presence)
        change = class_rules.report(student, report) or class_rules.take_back(student, report)
        if change is not None:
            set_row(presence, change.student)
            presence.save()
            news.append(Announcement(tutor_of(presence.tutor), change))
        record_session(report, presence)
    class_history.record_stays(news)
    return news


def record_session(report: Report, presence: Presence) -> None:
    """Write the session of one report, and end the older ones that are open."""
    sessions = PracticeSession.objects.filter(student=report.student_id)
    session = sessions.filter(session_id=report.session_id).first()
    if session is None:
        session = PracticeSession(
            student_id=report.student_id,
            student_email=presence.student.email,
            started_at=report.arrived_at,
        )
    elif session.version >= report.version:
        return
    for name in PRACTICE_FIELDS:
        setattr(session, name, getattr(report, name))
    session.tutor_email = presence.tutor.email if presence.tutor else ""
    session.ended_at = report.arrived_at if report.status == "finished" else None
    session.version, session.done = report.version, report.done
    session.client_timestamp = report.client_timestamp
    session.save()
    older = list(sessions.filter(ended_at=None, version__lt=report.version))
    for each in older:
        each.ended_at = report.arrived_at
        each.save()
    for each in (session, *older):
        key = as_text(session_key(each.student_email, each.session_id))
        Change.objects.create(table=SESSIONS.name, key=key)
