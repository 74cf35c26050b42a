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


class NotOurs(str):
    """A value of a type that the mirror never writes, shown by its type's name, so it differs."""

    __slots__ = ()

    @property
    def is_null(self) -> bool:
        """Tell whether it is null, as some libraries write what is absent."""
        return self.startswith("NULL ")


# Stands on every item that this product writes, and on none that somebody else wrote.
MARK, OURS = "mirrored_by", "speaktracker"

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index over every attribute; its keys are strings."""

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """One table: `keys` is hash then range, `attributes` what an item has, keys included.

    Of one that `changes_often` a key is put seldom (SESSION_MIRROR_SECONDS); `ttl` is the attribute
    that says when an item expires.
    """

    name: str
    record: type[R]
    keys: tuple[str, ...]
    attributes: tuple[str, ...]
    indexes: tuple[Index, ...]
    changes_often: bool = False
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
        """Write `record` as attributes; `ttl` is in epoch seconds, and what is None is left out."""
        item: dict[str, Value] = {}
        for name in self.attributes:
            value = OURS if name == MARK else getattr(record, name)
            if value is None:
                continue
            if isinstance(value, datetime):
                item[name] = Decimal(int(value.timestamp())) if name == self.ttl else wire(value)
            elif isinstance(value, int | float | Decimal):
                item[name] = Decimal(str(value)).normalize()
            else:
                item[name] = str(value)
        return item

    def is_live(self, attributes: Attributes, now: float) -> bool:
        """Tell whether an item's time, in epoch seconds, is still to come.

        Without one, or with one that is no number, DynamoDB keeps an item for ever.
        """
        ttl = attributes.get(self.ttl)
        return not isinstance(ttl, Decimal) or ttl > Decimal(now)


def is_ours(attributes: Attributes) -> bool:
    """Tell whether an item bears this product's mark; releases before it wrote none."""
    return attributes.get(MARK) == OURS


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
        MARK,
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
        MARK,
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
        MARK,
    ),
    indexes=(),
    changes_often=True,
)

TABLES = (CONNECTIONS, FEEDBACK, SESSIONS)
