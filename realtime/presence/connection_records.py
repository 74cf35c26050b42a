"""Connection records: add, find, remove. Every function runs inside the caller's transaction."""

import base64
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now

from realtime.models import Connection
from speaktracker.db.bulk_update import update_many
from speaktracker.persistence import outbox
from speaktracker.persistence.records import connection_key
from speaktracker.persistence.tables import CONNECTIONS
from speaktracker.roster.models import User

LEASE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """Where one live connection is: its id, its channel on the layer and its server process."""

    connection_id: str
    channel: str
    server_id: str


def new_connection_id() -> str:
    """Make 16 characters: URL-safe base64 of 11 random bytes, the shape API Gateway uses."""
    return base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()


def live() -> QuerySet[Connection]:
    """Select the connections that count: not expired, and of a process whose lease is fresh."""
    return Connection.objects.filter(
        expires_at__gt=Now(),
        server__renewed_at__gt=Now() - timedelta(seconds=LEASE_SECONDS),
    )


def addresses(user_id: int) -> list[SocketAddress]:
    """Find every live connection of one user with one look-up."""
    rows = live().filter(user_id=user_id).values_list("connection_id", "channel", "server_id")
    return [SocketAddress(*row) for row in rows]


def live_counts(user_ids: Collection[int]) -> Counter[int]:
    """Count the live connections of each user."""
    rows = live().filter(user_id__in=user_ids).order_by()
    return Counter(rows.values_list("user_id", flat=True))


def add(rows: Sequence[Connection]) -> None:
    """Store the records of new connections."""
    Connection.objects.bulk_create(rows)
    _mirror(rows)


def remove(connection_ids: Collection[str]) -> None:
    """Delete records by their own ids only; what is gone already does not matter."""
    # Never by user: the late disconnect of an old socket must not take the new one's record.
    rows = Connection.objects.filter(connection_id__in=connection_ids)
    outbox.changed_many(CONNECTIONS, [connection_key(one) for one in connection_ids])
    rows._raw_delete(rows.db)


def reassign(tutors: Mapping[int, User | None]) -> None:
    """Rewrite the tutor on the connection records of these students."""
    rows = list(Connection.objects.filter(user_id__in=tutors))
    for row in rows:
        row.tutor = tutor = tutors[row.user_id]
        row.tutor_email = tutor.email if tutor else None
    update_many(rows, ("tutor", "tutor_email"))
    _mirror(rows)


def _mirror(rows: Iterable[Connection]) -> None:
    outbox.changed_many(CONNECTIONS, [connection_key(row.connection_id) for row in rows])
