"""Give feedback: store it, then deliver it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Outcome = Literal["delivered", "queued", "failed"]


@dataclass(frozen=True, slots=True)
class Draft:
    """Feedback as its tutor wrote it; valid by `feedback.validation`."""

    student_email: str
    session_id: str
    message: str
    message_type: Literal["text", "tts"]
    audio_url: str | None = None
    speak: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """Stored feedback and how its first delivery went, to `connections` sockets."""

    message_id: str
    tutor_email: str
    draft: Draft
    timestamp: datetime
    outcome: Outcome
    connections: int


class NotYourStudent(Exception):
    """The address is not one of this tutor's students, or nobody's."""


class KeyReused(Exception):
    """The idempotency key was used for another body within 24 hours."""


async def give_feedback(
    tutor_id: int, draft: Draft, idempotency_key: str | None = None, asker: str | None = None
) -> Given:
    """Store `draft`, deliver it and say within 5 s how that went.

    `asker` is the connection that asked over the socket; it gets the answer instead of the
    announcement. Raises NotYourStudent, KeyReused or Unavailable (then nothing was stored).
    """
    raise NotImplementedError
