"""Practice sessions: what was practised, written from batches of status reports."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache

from django.db import connection, transaction

from realtime.models import PracticeSession
from realtime.presence.class_rules import Practice, Report
from realtime.presence.locks import LockedStudent
from speaktracker.clock import now
from speaktracker.db.bulk_insert import insertion
from speaktracker.db.rows.row_document import Row, document_of
from speaktracker.persistence import outbox
from speaktracker.persistence.records import SESSION_LIFETIME, session_key
from speaktracker.persistence.tables import SESSIONS

PURGE_ROWS = 250

Key = tuple[int, str | None]
# What names a session in the mirror: its student's address and its own id.
MirrorKey = tuple[str, str]
# A session as a report writes it; what it practised has its own name, too.
_KEY = ("student", "session_id")
_OF_FIRST = ("student_email", "started_at")
_PRACTICE = tuple(name for name in Practice.__struct_fields__ if name not in _KEY)
_LATEST = (
    *(*_PRACTICE, "tutor_email"),
    *("ended_at", "version", "client_timestamp", "done"),
)
_FIELDS = (*_KEY, *_OF_FIRST, *_LATEST)
_ENDS = ("student", "version", "ended_at")
_ANY_VERSION = 2**63 - 1


def record(reports: Collection[Report], locked: Mapping[int, LockedStudent]) -> None:
    """Write the session of each report, unless a newer version is stored; runs in a transaction.

    Nobody else makes sessions of these students meanwhile: they are locked. Later reports stand
    behind earlier ones.
    """
    rows = {_key(one): _values(one, locked[one.student_id]) for one in reports}
    if not rows:
        return
    text = document_of(PracticeSession, _FIELDS).text(rows.values())
    with connection.cursor() as cursor:
        cursor.execute(_upsert(), [text])
        newer = {(student_id, session): email for student_id, session, email in cursor.fetchall()}
    latest = {one.student_id: one for one in reports if _key(one) in newer}
    ended = _end_open((pk, one.version, one.arrived_at) for pk, one in latest.items())
    # By the address that stands in the row, which is that of its item.
    _mirror([*((email, session or "") for (_, session), email in newer.items()), *ended])


@cache
def _upsert() -> str:
    table, key = (
        PracticeSession._meta.db_table,
        ", ".join(document_of(PracticeSession, _KEY).columns),
    )
    latest = document_of(PracticeSession, _LATEST).columns
    values = ", ".join(f"{column} = excluded.{column}" for column in latest)
    return (
        f"{insertion(PracticeSession, _FIELDS)} ON CONFLICT ({key}) DO UPDATE SET {values}"
        f" WHERE {table}.version < excluded.version RETURNING {key}, student_email"
    )


@transaction.atomic
def purge() -> int:
    """Delete some of the sessions past their lifetime; return how many went."""
    expired = PracticeSession.objects.filter(last_update__lte=now() - SESSION_LIFETIME)
    # Of two processes that purge at once, each has its own batch.
    some = expired.select_for_update(skip_locked=True).order_by("last_update", "id")
    rows = list(some.values_list("pk", "student_email", "session_id")[:PURGE_ROWS])
    _mirror((email, session_id) for _, email, session_id in rows)
    gone = PracticeSession.objects.filter(pk__in=[pk for pk, _, _ in rows])
    gone._raw_delete(gone.db)  # nothing refers to a session; one by one they would be signalled
    return len(rows)


def end(student_ids: Collection[int], at: datetime) -> None:
    """End every open session of students who left."""
    _mirror(_end_open((student_id, _ANY_VERSION, at) for student_id in student_ids))


def _end_open(ends: Iterable[tuple[int, int, datetime]]) -> list[MirrorKey]:
    """End the open sessions of students whose version is below one; return their mirror's keys."""
    rows = [*ends]
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ending(), [document_of(PracticeSession, _ENDS).text(rows)])
        found: list[MirrorKey] = cursor.fetchall()
        return found


@cache
def _ending() -> str:
    table, ends = PracticeSession._meta.db_table, document_of(PracticeSession, _ENDS).table
    return (
        f"UPDATE {table} SET ended_at = r.ended_at FROM {ends}"  # noqa: S608 - names of ours
        f" WHERE {table}.student_id = r.student_id AND {table}.ended_at IS NULL"
        f" AND {table}.version < r.version RETURNING student_email, session_id"
    )


def _mirror(sessions: Iterable[MirrorKey]) -> None:
    outbox.changed_many(SESSIONS, (session_key(*each) for each in sessions))


def _key(report: Report) -> Key:
    return report.student_id, report.session_id


def _values(report: Report, owner: LockedStudent) -> Row:
    return (
        report.student_id,
        report.session_id,
        owner.student.email,
        report.arrived_at,
        *(getattr(report, name) for name in _PRACTICE),
        owner.tutor.email if owner.tutor else "",
        report.arrived_at if report.status == "finished" else None,
        report.version,
        report.client_timestamp,
        report.done,
    )
