"""The words and values that messages on the wire are made of. No Django here."""

from typing import Annotated, Literal

from msgspec import Meta

from realtime.protocol.wire_limits import (
    FEEDBACK_LENGTH,
    HELP_NOTE_LENGTH,
    MESSAGE_ID_LENGTH,
    MESSAGE_IDS_PER_ACK,
    PROGRESS_BOUND,
    SENTENCE_LENGTH,
    SESSION_ID_LENGTH,
    SKIPPED_BOUND,
    TIMESTAMP_LENGTH,
)

SUBPROTOCOL = "speaktracker.v1"

Role = Literal["student", "tutor"]
Status = Literal["studying", "idle", "paused", "finished"]
MessageType = Literal["text", "tts"]
FeedbackState = Literal["queued", "delivered", "seen", "played"]
HelpState = Literal["asked", "seen", "answered", "withdrawn"]
LeaveReason = Literal["finished", "disconnected", "removed"]

MessageId = Annotated[str, Meta(min_length=1, max_length=MESSAGE_ID_LENGTH)]
MessageIds = Annotated[list[MessageId], Meta(min_length=1, max_length=MESSAGE_IDS_PER_ACK)]
SessionId = Annotated[str, Meta(min_length=1, max_length=SESSION_ID_LENGTH)]
HelpNote = Annotated[str, Meta(max_length=HELP_NOTE_LENGTH)]
Skipped = Annotated[int, Meta(ge=0, le=SKIPPED_BOUND)]
Sentence = Annotated[str, Meta(max_length=SENTENCE_LENGTH)]
FeedbackText = Annotated[str, Meta(min_length=1, max_length=FEEDBACK_LENGTH)]
# Two numeric types, since msgspec takes bounds only on one: 45 stays 45 and 45.5 stays 45.5.
Progress = (
    Annotated[int, Meta(ge=-PROGRESS_BOUND, le=PROGRESS_BOUND)]
    | Annotated[float, Meta(ge=-PROGRESS_BOUND, le=PROGRESS_BOUND)]
)
Timestamp = Annotated[str, Meta(max_length=TIMESTAMP_LENGTH)]
