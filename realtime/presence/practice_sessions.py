"""Practice sessions: what was practised, written from batches of status reports."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from msgspec.structs import asdict

from realtime.models import PracticeSession, Presence
from realtime.presence.class_rules import Practice, Report
from speaktracker.clock import now
from speaktracker.db.bulk_update import update_many
from speaktracker.db.key_lookup import KeyAmong
from speaktracker.persistence import outbox
from speaktracker.persistence.records import SESSION_LIFETIME, session_key
from speaktracker.persistence.tables import SESSIONS

PURGE_ROWS = 250

Key = tuple[int, str | None]
# What a report rewrites; the session's own name is part of what it practised, too.
_FIELDS = (
    *Practice.__struct_fields__,
    "tutor_email",
    "ended_at",
    "version",
    "client_timestamp",
    "done",
)


def record(reports: Collection[Report], presences: Mapping[int, Presence]) -> None:
    """Write the session of each report, unless a newer version is stored; runs in a transaction."""
    # Both columns for themselves would look up every student with everybody's sessions.
    among = KeyAmong(("student", "session_id"), {_key(report) for report in reports})
    rows = PracticeSession.objects.filter(among).order_by()
    known: dict[Key, PracticeSession] = {(row.student_id, row.session_id): row for row in rows}
    newer = [
        session_of(report, presences[report.student_id], known.get(_key(report)))
        for report in reports
        if report.student_id in presences
        and (_key(report) not in known or known[_key(report)].version < report.version)
    ]
    # Under the presence locks of the transaction: nobody else makes these sessions meanwhile.
    update_many([session for session in newer if session.pk], _FIELDS)
    PracticeSession.objects.bulk_create([session for session in newer if not session.pk])
    _mirror(newer)
    latest = {session.student_id: session for session in newer}
    older = [row for row in _open_sessions(latest) if row.version < latest[row.student_id].version]
    _end([(row, latest[row.student_id].last_update) for row in older])


@transaction.atomic
def purge() -> int:
    """Delete some of the sessions past their lifetime; return how many went."""
    expired = PracticeSession.objects.filter(last_update__lte=now() - SESSION_LIFETIME)
    # Of two processes that purge at once, each has its own batch.
    some = expired.select_for_update(skip_locked=True).order_by("last_update", "id")
    rows = list(some.only("student_email", "session_id")[:PURGE_ROWS])
    _mirror(rows)
    gone = PracticeSession.objects.filter(pk__in=[row.pk for row in rows])
    gone._raw_delete(gone.db)  # nothing refers to a session; one by one they would be signalled
    return len(rows)


def end(student_ids: Collection[int], at: datetime) -> None:
    """End every open session of students who left."""
    _end([(row, at) for row in _open_sessions(student_ids)])


def _open_sessions(student_ids: Collection[int]) -> list[PracticeSession]:
    rows = PracticeSession.objects.filter(student_id__in=student_ids, ended_at__isnull=True)
    return list(rows.order_by())


def _end(ends: Collection[tuple[PracticeSession, datetime]]) -> None:
    for row, at in ends:
        row.ended_at = at
    rows = [row for row, _ in ends]
    update_many(rows, ("ended_at",))
    _mirror(rows)


def _mirror(sessions: Collection[PracticeSession]) -> None:
    outbox.changed_many(
        SESSIONS, [session_key(row.student_email, row.session_id) for row in sessions]
    )


def _key(report: Report) -> Key:
    return report.student_id, report.practice.session_id


def session_of(
    report: Report, presence: Presence, known: PracticeSession | None
) -> PracticeSession:
    """Write a report as its session, in place of the one that is `known`."""
    practice = report.practice
    return PracticeSession(
        **asdict(practice),
        pk=known.pk if known else None,
        student_id=report.student_id,
        student_email=presence.student.email,
        tutor_email=presence.tutor.email if presence.tutor else "",
        started_at=known.started_at if known else report.arrived_at,
        ended_at=report.arrived_at if practice.status == "finished" else None,
        version=report.version,
        client_timestamp=report.client_timestamp,
        done=report.done,
    )
