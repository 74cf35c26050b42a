"""A feedback item that somebody else wrote, read in whatever shape it stands."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from feedback.validation import text_fault, url_fault
from realtime.protocol.wire_limits import FEEDBACK_LENGTH, SESSION_ID_LENGTH
from speaktracker.field_encryption.ciphertext import is_ciphertext
from speaktracker.persistence.foreign.item_values import BadItem, expiry_of, moment_of, text_of
from speaktracker.persistence.records import FEEDBACK_LIFETIME, Key, feedback_key
from speaktracker.persistence.tables import FEEDBACK, Attributes
from speaktracker.text import EMAIL_LENGTH, normal_email, normal_text


@dataclass(frozen=True, slots=True)
class ForeignFeedback:
    """A feedback, its parts as they are stored here, and the `key` of the item that it was."""

    key: Key
    message_id: UUID
    tutor_email: str
    student_email: str
    session_id: str
    moment: datetime
    message: str
    message_type: str
    audio_url: str | None
    speak: bool
    expires_at: datetime

    @property
    def is_renamed(self) -> bool:
        """Tell whether its record's key is another than the item's."""
        return self.own_key != self.key

    @property
    def own_key(self) -> Key:
        """Name its record as the mirror does."""
        return feedback_key(self.tutor_email, self.student_email, self.session_id, self.moment)


def read_feedback(key: Key, item: Attributes, audio_hosts: Collection[str]) -> ForeignFeedback:
    """Read an item; raises BadItem."""
    tutor_email, student_email, session_id = people_and_session(key[0])
    moment = moment_of(item, "timestamp")
    if moment is None:
        raise BadItem("timestamp is absent")
    message = text_of(item, "message_text")
    # One that this product encrypted is known by its record, or cannot be read by anybody.
    message = message if is_ciphertext(message) else normal_text(message)
    audio_url = text_of(item, "audio_url") or None
    kind = text_of(item, "message_type").lower() or ("tts" if audio_url else "text")
    refuse(message, kind, audio_url, audio_hosts)
    return ForeignFeedback(
        key=key,
        message_id=id_of(key, moment),
        tutor_email=tutor_email,
        student_email=student_email,
        session_id=session_id,
        moment=moment,
        message=message,
        message_type="tts" if audio_url else "text",
        audio_url=audio_url,
        # Speech without a recording is read aloud by the student's client.
        speak=kind == "tts" and not audio_url,
        expires_at=expiry_of(item, FEEDBACK.ttl) or moment + FEEDBACK_LIFETIME,
    )


def id_of(key: Key, moment: datetime) -> UUID:
    """Make a UUIDv7 of a time and the digest of a key: the same at each import."""
    digest = int.from_bytes(hashlib.sha256("\0".join(key).encode()).digest()[:10], "big")
    milliseconds = max(0, int(moment.timestamp() * 1000)) & (2**48 - 1)
    number = milliseconds << 80 | digest & ~(0xF << 76 | 0x3 << 62)
    return UUID(int=number | 0x7 << 76 | 0x2 << 62)


def people_and_session(joined: str) -> tuple[str, str, str]:
    """Take a composite key apart, as it is stored here; raises BadItem. A session's `#` stays."""
    parts = joined.split("#", 2)
    if len(parts) < 3:
        raise BadItem("composite_key does not name tutor, student and session")
    tutor, student, session = normal_email(parts[0]), normal_email(parts[1]), normal_text(parts[2])
    if not all(0 < len(address) <= EMAIL_LENGTH for address in (tutor, student)):
        raise BadItem("composite_key does not name tutor and student")
    if text_fault(session, SESSION_ID_LENGTH):
        raise BadItem(f"its session's id is blank or longer than {SESSION_ID_LENGTH} characters")
    return tutor, student, session


def refuse(message: str, kind: str, audio_url: str | None, audio_hosts: Collection[str]) -> None:
    """Raise BadItem where feedback like this could not be given here either."""
    if kind not in ("text", "tts"):
        raise BadItem("message_type is neither text nor tts")
    if not message.strip() and not audio_url:
        raise BadItem("it has neither text nor audio")
    if message.strip() and not is_ciphertext(message) and text_fault(message, FEEDBACK_LENGTH):
        raise BadItem(f"message_text is longer than {FEEDBACK_LENGTH} characters")
    if audio_url and url_fault(audio_url, audio_hosts):
        raise BadItem("audio_url is not https, or on a host that AUDIO_URL_HOSTS does not name")
