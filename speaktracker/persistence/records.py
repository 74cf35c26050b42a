"""What crosses the border to the mirror: frozen records and the keys that name them."""

import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from speaktracker.clock import wire
from speaktracker.text import is_storable

# The values of a table's key attributes, in their order; all of them are strings.
Key = tuple[str, ...]

FEEDBACK_LIFETIME = timedelta(days=30)
SESSION_LIFETIME = timedelta(days=30)

# Into so many shares the keys are divided among relays; two to six have equally many. Whoever
# changes the number has rows of two divisions in the outbox.
SHARES = range(1, 61)
UNSORTED = 0


@dataclass(frozen=True, slots=True)
class ConnectionRecord:
    """One open socket; `tutor_email` stands on students' only."""

    connection_id: str
    user_email: str
    user_type: str
    connected_at: datetime
    ttl: datetime
    tutor_email: str | None = None


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """One message of a tutor to a student; `audio_url` stands on speech only."""

    message_id: str
    tutor_email: str
    student_email: str
    session_id: str
    timestamp: datetime
    message_text: str
    message_type: str
    ttl: datetime
    audio_url: str | None = None

    @property
    def composite_key(self) -> str:
        """Join tutor, student and session, the item's hash key."""
        return composite_key(self.tutor_email, self.student_email, self.session_id)


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What a student practised in one session; `progress` is 0 to 100."""

    student_email: str
    session_id: str
    tutor_email: str
    status: str
    current_sentence: str
    progress: float
    started_at: datetime
    last_update: datetime
    ttl: datetime
    ended_at: datetime | None = None


def composite_key(tutor_email: str, student_email: str, session_id: str) -> str:
    """Join the parts; an address holds no `#`, so the first two separate them again."""
    return f"{tutor_email}#{student_email}#{session_id}"


def connection_key(connection_id: str) -> Key:
    """Name a connection."""
    return (connection_id,)


def feedback_key(tutor_email: str, student_email: str, session_id: str, timestamp: datetime) -> Key:
    """Name a feedback; `timestamp` is its time on the wire, in whole milliseconds."""
    return composite_key(tutor_email, student_email, session_id), wire(timestamp)


def split_feedback_key(key: Key) -> tuple[str, str, str, datetime]:
    """Take a feedback's key apart: tutor, student, session, time."""
    joined, timestamp = key
    tutor_email, student_email, session_id = joined.split("#", 2)
    return tutor_email, student_email, session_id, datetime.fromisoformat(timestamp).astimezone(UTC)


def own_feedback_key(key: Key) -> tuple[str, str, str, datetime] | None:
    """Take a feedback's key apart as `split_feedback_key` does; None where it is none of ours.

    Others write times in other shapes, and addresses in capitals.
    """
    try:
        parts = split_feedback_key(key)
        is_own = is_storable(key[0]) and feedback_key(*parts) == key
    except (ValueError, OverflowError):
        return None
    return parts if is_own else None


def session_key(student_email: str, session_id: str) -> Key:
    """Name a practice session."""
    return student_email, session_id


def as_text(key: Key) -> str:
    """Write a key as the outbox keeps it."""
    return json.dumps(key, ensure_ascii=False)


def as_key(text: str) -> Key:
    """Read a key as the outbox keeps it."""
    return tuple(json.loads(text))


def share_of(text: str) -> int:
    """Say to which of SHARES a key belongs, written as the outbox keeps it; the same for ever."""
    return SHARES.start + zlib.crc32(text.encode(errors="surrogatepass")) % len(SHARES)
