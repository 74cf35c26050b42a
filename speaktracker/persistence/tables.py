"""The tables of the mirror, each described once; creation, keys and items follow from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from speaktracker.clock import wire
from speaktracker.persistence.records import (
    ConnectionRecord,
    FeedbackRecord,
    Key,
    SessionRecord,
)

Value = str | Decimal
Attributes = Mapping[str, Value]

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index over every attribute; its keys are strings."""

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """One table: `keys` is hash then range, `pause` the least seconds between two puts of a key."""

    name: str
    record: type[R]
    keys: tuple[str, ...]
    attributes: tuple[str, ...]
    indexes: tuple[Index, ...]
    pause: float = 0
    ttl: str = "ttl"

    @property
    def key_attributes(self) -> tuple[str, ...]:
        """List every attribute that some key needs, each once."""
        wanted = [*self.keys, *(key for index in self.indexes for key in index.keys)]
        return tuple(dict.fromkeys(wanted))

    def key(self, record: R) -> Key:
        """Name `record`."""
        attributes = self.item(record)
        return tuple(str(attributes[name]) for name in self.keys)

    def item(self, record: R) -> dict[str, Value]:
        """Write `record` as attributes; what is None is left out."""
        found = {name: getattr(record, name) for name in self.attributes}
        return {
            name: _epoch(value) if name == self.ttl else _value(value)
            for name, value in found.items()
            if value is not None
        }

    def is_live(self, attributes: Attributes, now: float) -> bool:
        """Tell whether an item's time, in epoch seconds, is still to come."""
        return Decimal(attributes.get(self.ttl, 0)) > Decimal(now)


def _epoch(moment: datetime) -> Decimal:
    return Decimal(int(moment.timestamp()))


def _value(value: object) -> Value:
    if isinstance(value, datetime):
        return wire(value)
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value)).normalize()
    return str(value)


CONNECTIONS = Table(
    name="websocket-connections",
    record=ConnectionRecord,
    keys=("connection_id",),
    attributes=(
        "connection_id",
        "user_email",
        "tutor_email",
        "user_type",
        "connected_at",
        "ttl",
    ),
    indexes=(
        Index("user_email-index", ("user_email",)),
        Index("tutor_email-index", ("tutor_email",)),
    ),
)

FEEDBACK = Table(
    name="feedback-messages",
    record=FeedbackRecord,
    keys=("composite_key", "timestamp"),
    attributes=(
        "composite_key",
        "timestamp",
        "student_email",
        "tutor_email",
        "message_text",
        "message_type",
        "audio_url",
        "ttl",
        "message_id",
    ),
    indexes=(Index("student_email-index", ("student_email", "timestamp")),),
)

SESSIONS = Table(
    name="practice-sessions",
    record=SessionRecord,
    keys=("student_email", "session_id"),
    attributes=(
        "student_email",
        "session_id",
        "tutor_email",
        "status",
        "current_sentence",
        "progress",
        "started_at",
        "last_update",
        "ended_at",
        "ttl",
    ),
    indexes=(),
    pause=5,
)

TABLES = (CONNECTIONS, FEEDBACK, SESSIONS)
