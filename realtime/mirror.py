"""Connections and practice sessions as the mirror reads them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from realtime.models import Connection, PracticeSession
from speaktracker.clock import now
from speaktracker.persistence import outbox
from speaktracker.persistence.records import (
    SESSION_LIFETIME,
    ConnectionRecord,
    Key,
    SessionRecord,
    connection_key,
    session_key,
)
from speaktracker.persistence.tables import CONNECTIONS, SESSIONS


class Connections:
    """The source of the connections table."""

    def read(self, keys: Collection[Key]) -> Mapping[Key, ConnectionRecord | None]:
        """Find the connections of `keys`."""
        wanted = [connection_id for (connection_id,) in keys]
        return _connections(_unexpired_connections().filter(connection_id__in=wanted))

    def batches(self, size: int) -> Iterator[Mapping[Key, ConnectionRecord]]:
        """Walk over every connection."""
        last = ""
        while True:
            rows = _unexpired_connections().filter(connection_id__gt=last).order_by("pk")
            found = _connections(rows[:size])
            if not found:
                return
            yield found
            (last,) = max(found)


class Sessions:
    """The source of the practice-sessions table."""

    def read(self, keys: Collection[Key]) -> Mapping[Key, SessionRecord | None]:
        """Find the sessions of `keys`."""
        wanted = Q(pk__in=[])
        for student_email, session_id in keys:
            wanted |= Q(student_email=student_email, session_id=session_id)
        return _sessions(_unexpired_sessions().filter(wanted))

    def batches(self, size: int) -> Iterator[Mapping[Key, SessionRecord]]:
        """Walk over every session."""
        last = 0
        while True:
            rows = list(_unexpired_sessions().filter(pk__gt=last).order_by("pk")[:size])
            if not rows:
                return
            yield _sessions(rows)
            last = rows[-1].pk


def _unexpired_connections() -> QuerySet[Connection]:
    return Connection.objects.filter(expires_at__gt=now())


def _unexpired_sessions() -> QuerySet[PracticeSession]:
    return PracticeSession.objects.filter(last_update__gt=now() - SESSION_LIFETIME)


def _connections(rows: QuerySet[Connection]) -> dict[Key, ConnectionRecord]:
    return {
        connection_key(row.connection_id): ConnectionRecord(
            connection_id=row.connection_id,
            user_email=row.user_email,
            user_type=row.user_type,
            connected_at=row.connected_at,
            ttl=row.expires_at,
            tutor_email=row.tutor_email,
        )
        for row in rows
    }


def _sessions(rows: Collection[PracticeSession] | QuerySet[PracticeSession]) -> dict[Key, Any]:
    return {
        session_key(row.student_email, row.session_id): SessionRecord(
            student_email=row.student_email,
            session_id=row.session_id,
            tutor_email=row.tutor_email,
            status=row.status,
            current_sentence=row.current_sentence,
            progress=row.progress,
            started_at=row.started_at,
            last_update=row.last_update,
            ttl=row.last_update + SESSION_LIFETIME,
            ended_at=row.ended_at,
        )
        for row in rows
    }


@receiver(pre_delete, sender=Connection)
def _connection_goes(instance: Connection, **_kwargs: Any) -> None:
    outbox.changed(CONNECTIONS, connection_key(instance.connection_id))


@receiver(pre_delete, sender=PracticeSession)
def _session_goes(instance: PracticeSession, **_kwargs: Any) -> None:
    outbox.changed(SESSIONS, session_key(instance.student_email, instance.session_id))
