"""Records of all three tables, kept in a small SQL table of the tests' own."""

import json
import pickle
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from speaktracker.clock import now
from speaktracker.persistence import outbox, sources
from speaktracker.persistence.records import ConnectionRecord, FeedbackRecord, Key, SessionRecord
from speaktracker.persistence.tables import CONNECTIONS, TABLES, Table

NOON = now()


def make() -> None:
    """Make the table, empty."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS shelf")
        cursor.execute(
            "CREATE TABLE shelf (name VARCHAR(40), key VARCHAR(900), record TEXT, "
            "PRIMARY KEY (name, key))"
        )


def drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE shelf")


@transaction.atomic
def put(table: Table[Any], *records: Any) -> None:
    """Keep records, and queue them in the same transaction."""
    rows = [(table.name, json.dumps(table.key(r)), pickle.dumps(r).hex()) for r in records]
    with connection.cursor() as cursor:
        cursor.executemany("DELETE FROM shelf WHERE name = %s AND key = %s", [r[:2] for r in rows])
        cursor.executemany("INSERT INTO shelf VALUES (%s, %s, %s)", rows)
    outbox.changed_many(table, [table.key(record) for record in records])


@transaction.atomic
def remove(table: Table[Any], *keys: Key) -> None:
    """Delete records, and queue their keys in the same transaction."""
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute(
                "DELETE FROM shelf WHERE name = %s AND key = %s", [table.name, json.dumps(key)]
            )
    outbox.changed_many(table, keys)


class ShelfSource:
    """A source over the shelf; keys in `broken` cannot be read."""

    def __init__(self, table: Table[Any]) -> None:
        self.broken: set[Key] = set()
        self._table = table

    def read(self, keys: Collection[Key]) -> Mapping[Key, Any]:
        if self.broken.intersection(keys):
            raise ValueError("this record cannot be read")
        if not keys:
            return {}
        places = ", ".join(["%s"] * len(keys))
        return self._found(f" AND key IN ({places})", [json.dumps(key) for key in keys])

    def batches(self, size: int) -> Iterator[Mapping[Key, Any]]:
        everything = self._found("", [])
        keys = list(everything)
        for start in range(0, len(keys), size):
            yield {key: everything[key] for key in keys[start : start + size]}

    def _found(self, condition: str, values: list[str]) -> dict[Key, Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT key, record FROM shelf WHERE name = %s{condition}",
                [self._table.name, *values],
            )
            rows = cursor.fetchall()
        found = {tuple(json.loads(key)): pickle.loads(bytes.fromhex(text)) for key, text in rows}
        return {key: record for key, record in found.items() if record.ttl > datetime.now(UTC)}


def register() -> dict[str, ShelfSource]:
    """Make the shelf the source of every table."""
    found = {table.name: ShelfSource(table) for table in TABLES}
    for table in TABLES:
        sources.register(table, found[table.name])
    return found


def a_connection(name: str = "L0SM9cOFvHcCIhw=", **changes: Any) -> ConnectionRecord:
    values: dict[str, Any] = {
        "connection_id": name,
        "user_email": "student@example.com",
        "user_type": "student",
        "tutor_email": "tutor@example.com",
        "connected_at": NOON,
        "ttl": NOON + timedelta(hours=24),
    }
    return ConnectionRecord(**(values | changes))


def some_connections(number: int, prefix: str = "c") -> list[ConnectionRecord]:
    return [a_connection(f"{prefix}{n}") for n in range(number)]


def a_feedback(message: str = "발음이 좋아졌어요", **changes: Any) -> FeedbackRecord:
    values: dict[str, Any] = {
        "message_id": "019bbb0e-0000-7000-8000-000000000001",
        "tutor_email": "tutor@example.com",
        "student_email": "student@example.com",
        "session_id": "session_123",
        "timestamp": NOON,
        "message_text": message,
        "message_type": "text",
        "ttl": NOON + timedelta(days=30),
    }
    return FeedbackRecord(**(values | changes))


def a_session(sentence: str = "Hello, how are you?", **changes: Any) -> SessionRecord:
    values: dict[str, Any] = {
        "student_email": "student@example.com",
        "session_id": "session_123",
        "tutor_email": "tutor@example.com",
        "status": "studying",
        "current_sentence": sentence,
        "progress": 45.5,
        "started_at": NOON,
        "last_update": NOON,
        "ttl": NOON + timedelta(days=30),
    }
    return SessionRecord(**(values | changes))


def connection_keys(number: int, prefix: str = "c") -> list[Key]:
    return [CONNECTIONS.key(record) for record in some_connections(number, prefix)]
