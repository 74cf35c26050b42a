"""Connection records: add, find, remove. Every function runs inside the caller's transaction."""

import base64
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from django.db.models import QuerySet
from django.db.models.functions import Now

from realtime.models import Connection
from speaktracker.db.bulk_insert import insert_rows
from speaktracker.db.bulk_update import update_many
from speaktracker.db.rows.given_values import AnyOf
from speaktracker.db.rows.kept_query import KeptQuery
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


class NewRecord(NamedTuple):
    """A row of `Connection`: its columns as they are stored."""

    connection_id: str
    channel: str
    server: str
    user: int
    credentials_version: int
    user_email: str
    user_type: str
    tutor: int | None
    tutor_email: str | None
    connected_at: datetime
    expires_at: datetime


def new_connection_id() -> str:
    """Make 16 characters: URL-safe base64 of 11 random bytes, the shape API Gateway uses."""
    return base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()


def live() -> QuerySet[Connection]:
    """Select the connections that count: not expired, and of a process whose lease is fresh."""
    return Connection.objects.filter(
        expires_at__gt=Now(),
        server__renewed_at__gt=Now() - timedelta(seconds=LEASE_SECONDS),
    )


_SERVERS = KeptQuery(
    lambda ids: live().filter(AnyOf("user_id", ids)).order_by().values_list("user_id", "server_id")
)


_ADDRESSES = KeptQuery(
    lambda user_id: (
        live().filter(user_id=user_id).values_list("connection_id", "channel", "server_id")
    )
)


def addresses(user_id: int) -> list[SocketAddress]:
    """Find every live connection of one user with one look-up."""
    return [SocketAddress(*row) for row in _ADDRESSES.rows(user_id)]


def holder_of(connection_id: str) -> str | None:
    """Find which server process holds a recorded connection, alive or not; None without record."""
    rows = Connection.objects.filter(connection_id=connection_id).order_by()
    return next(iter(rows.values_list("server_id", flat=True)), None)


def is_held(connection_id: str) -> bool:
    """Tell whether a connection is recorded at a process whose lease is fresh."""
    return live().filter(connection_id=connection_id).exists()


def live_counts(user_ids: Collection[int]) -> Counter[int]:
    """Count the live connections of each user."""
    rows = live().filter(user_id__in=user_ids).order_by()
    return Counter(rows.values_list("user_id", flat=True))


def servers_of(user_ids: Collection[int]) -> list[tuple[int, str]]:
    """List the user and the server process of each live connection of these users."""
    return cast(list[tuple[int, str]], _SERVERS.rows(user_ids))


_HOLDERS = KeptQuery(
    lambda ids: (
        Connection.objects.filter(AnyOf("tutor_id", ids))
        .order_by()
        .values_list("tutor_id", "server_id")
        .distinct()
    )
)


def holders_of_students(tutor_ids: Collection[int]) -> list[tuple[int, str]]:
    """List the tutors, each with each server process that holds sockets of their students."""
    # Those of a stale lease too: who only hung comes back with what it has not written.
    return cast(list[tuple[int, str]], _HOLDERS.rows(tutor_ids))


def users_elsewhere_too(server_id: str) -> set[int]:
    """Select the users who have live connections at a server process and at others."""
    here = Connection.objects.filter(server_id=server_id).order_by().values("user_id")
    rows = live().exclude(server_id=server_id).filter(user_id__in=here).order_by()
    return set(rows.values_list("user_id", flat=True))


def recorded_of(server_id: str) -> dict[str, int]:
    """Map each recorded connection of a server process to its user."""
    rows = Connection.objects.filter(server_id=server_id).order_by()
    return dict(rows.values_list("connection_id", "user_id"))


def add(rows: Sequence[NewRecord]) -> None:
    """Store the records of new connections."""
    insert_rows(Connection, NewRecord._fields, rows)
    outbox.changed_many(CONNECTIONS, [connection_key(row.connection_id) for row in rows])


def remove(connection_ids: Collection[str]) -> int:
    """Delete records by their own ids only, and count those that were not gone already."""
    # Never by user: the late disconnect of an old socket must not take the new one's record.
    rows = Connection.objects.filter(connection_id__in=connection_ids)
    outbox.changed_many(CONNECTIONS, [connection_key(one) for one in connection_ids])
    return rows._raw_delete(rows.db)


def reassign(tutors: Mapping[int, User | None]) -> None:
    """Rewrite the tutor on the connection records of these students."""
    rows = list(Connection.objects.filter(user_id__in=tutors).order_by())
    for row in rows:
        row.tutor = tutor = tutors[row.user_id]
        row.tutor_email = tutor.email if tutor else None
    update_many(rows, ("tutor", "tutor_email"))
    _mirror(rows)


def _mirror(rows: Iterable[Connection]) -> None:
    outbox.changed_many(CONNECTIONS, [connection_key(row.connection_id) for row in rows])
