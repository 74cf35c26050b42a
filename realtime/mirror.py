"""Connections and practice sessions as the mirror reads them."""

from collections.abc import Collection, Iterator, Mapping
from math import isnan
from typing import Any

from django.db.models import QuerySet
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from realtime.models import Connection, PracticeSession
from realtime.protocol.wire_limits import PROGRESS_BOUND, PROGRESS_DECIMALS
from speaktracker.clock import now
from speaktracker.db.key_lookup import KeyAmong
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
from speaktracker.roster.selectors import is_of_people
from speaktracker.text import is_storable

_SESSION = (
    *("student_email", "session_id", "tutor_email", "status", "current_sentence", "progress"),
    *("started_at", "last_update", "ended_at"),
)


class Connections:
    """The source of the connections table."""

    def read(self, keys: Collection[Key]) -> Mapping[Key, ConnectionRecord | None]:
        """Find the connections of `keys`."""
        wanted = [connection_id for (connection_id,) in keys if is_storable(connection_id)]
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
        # Others' keys may hold what no database looks up.
        storable = [key for key in keys if all(map(is_storable, key))]
        among = KeyAmong(("student_email", "session_id"), storable)
        return _sessions(_unexpired_sessions().filter(among))

    def batches(self, size: int) -> Iterator[Mapping[Key, SessionRecord]]:
        """Walk over every session."""
        last = 0
        while True:
            rows = _unexpired_sessions().filter(pk__gt=last).order_by("pk")
            numbers = list(rows.values_list("pk", flat=True)[:size])
            if not numbers:
                return
            yield _sessions(rows.filter(pk__lte=numbers[-1]))
            last = numbers[-1]


def storable_progress(progress: float) -> float:
    """Bring a progress into the numbers that are stored everywhere: two decimals, within bounds.

    Today's are so on their way in; releases before took what DynamoDB does not, such as 5e-324.
    """
    if isnan(progress):
        return 0
    return round(min(max(progress, -PROGRESS_BOUND), PROGRESS_BOUND), PROGRESS_DECIMALS) + 0


def _unexpired_connections() -> QuerySet[Connection]:
    return Connection.objects.filter(expires_at__gt=now()).order_by()


def _unexpired_sessions() -> QuerySet[PracticeSession]:
    return PracticeSession.objects.filter(last_update__gt=now() - SESSION_LIFETIME).order_by()


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


def _sessions(rows: QuerySet[PracticeSession]) -> dict[Key, SessionRecord]:
    found: dict[Key, SessionRecord] = {}
    # Values, not models, since the relay reads thousands a second.
    for email, session_id, tutor, status, sentence, progress, *times in rows.values_list(*_SESSION):
        started_at, last_update, ended_at = times
        found[session_key(email, session_id)] = SessionRecord(
            student_email=email,
            session_id=session_id,
            tutor_email=tutor,
            status=status,
            current_sentence=sentence,
            progress=storable_progress(progress),
            started_at=started_at,
            last_update=last_update,
            ttl=last_update + SESSION_LIFETIME,
            ended_at=ended_at,
        )
    return found


@receiver(pre_delete, sender=Connection)
def _connection_goes(instance: Connection, **_kwargs: Any) -> None:
    outbox.changed(CONNECTIONS, connection_key(instance.connection_id))


@receiver(pre_delete, sender=PracticeSession)
def _session_goes(instance: PracticeSession, origin: Any, **_kwargs: Any) -> None:
    if not is_of_people(origin):
        outbox.changed(SESSIONS, session_key(instance.student_email, instance.session_id))
