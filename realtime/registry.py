"""Connection records: add, find, remove. Every function runs inside the caller's transaction."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now

from realtime.models import Connection
from speaktracker.persistence import outbox
from speaktracker.persistence.records import connection_key
from speaktracker.persistence.tables import CONNECTIONS
from speaktracker.roster.models import User

LEASE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Address:
    """Where one live connection listens on the channel layer."""

    connection_id: str
    channel: str


def new_connection_id() -> str:
    """Make 16 characters: URL-safe base64 of 11 random bytes, the shape API Gateway uses."""
    return base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()


def live() -> QuerySet[Connection]:
    """Select the connections that count: not expired, and of a process whose lease is fresh."""
    return Connection.objects.filter(
        expires_at__gt=Now(),
        server__renewed_at__gt=Now() - timedelta(seconds=LEASE_SECONDS),
    )


def addresses(user_id: int) -> list[Address]:
    """Find every live connection of one user with one look-up."""
    rows = live().filter(user_id=user_id).values_list("connection_id", "channel")
    return [Address(*row) for row in rows]


def add(
    *,
    connection_id: str,
    channel: str,
    server_id: str,
    user: User,
    tutor: User | None,
    connected_at: datetime,
    lifetime: timedelta,
) -> Connection:
    """Store the record of a new connection."""
    outbox.changed(CONNECTIONS, connection_key(connection_id))
    return Connection.objects.create(
        connection_id=connection_id,
        channel=channel,
        server_id=server_id,
        user=user,
        user_email=user.email,
        user_type=user.user_type or "",
        tutor=tutor,
        tutor_email=tutor.email if tutor else None,
        connected_at=connected_at,
        expires_at=connected_at + lifetime,
    )


def remove(connection_id: str) -> bool:
    """Delete one record by its own id only; False when it was gone already."""
    outbox.changed(CONNECTIONS, connection_key(connection_id))
    removed, _ = Connection.objects.filter(connection_id=connection_id).delete()
    return bool(removed)


def reassign(tutors: Mapping[int, User | None]) -> None:
    """Rewrite the tutor on the connection records of these students."""
    rows = list(Connection.objects.filter(user_id__in=tutors))
    for row in rows:
        row.tutor = tutor = tutors[row.user_id]
        row.tutor_email = tutor.email if tutor else None
    Connection.objects.bulk_update(rows, ("tutor", "tutor_email"))
    outbox.changed_many(CONNECTIONS, [connection_key(row.connection_id) for row in rows])


def ghosts() -> QuerySet[Connection]:
    """Select the connections past their own lifetime, or of a process whose lease ran out."""
    return Connection.objects.exclude(pk__in=live().values("pk")).order_by("connected_at")
