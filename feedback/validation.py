"""What a tutor may write as feedback, the same over REST and the socket. No Django here."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from realtime.protocol.audio_address import address_fault
from realtime.protocol.field_types import MessageType
from realtime.protocol.wire_limits import FEEDBACK_LENGTH, SESSION_ID_LENGTH
from speaktracker.text import normal_text

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Fault(StrEnum):
    """What is wrong with a field."""

    BLANK = "blank"
    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    AUDIO_REQUIRED = "audio_required"
    AUDIO_REFUSED = "audio_refused"
    SPEAK_REFUSED = "speak_refused"
    NOT_HTTPS = "not_https"
    HOST_REFUSED = "host_refused"
    NOT_A_URL = "not_a_url"


class Invalid(Exception):
    """Feedback is refused; `faults` has one fault for each bad field."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        super().__init__(", ".join(f"{field}: {fault}" for field, fault in faults.items()))
        self.faults = dict(faults)


@dataclass(frozen=True, slots=True)
class Draft:
    """Feedback as its tutor wrote it; `student_email` as `text.normal_email` writes it."""

    student_email: str
    session_id: str
    message: str
    message_type: MessageType
    audio_url: str | None = None
    speak: bool = False
    client_timestamp: str | None = None


def normalised(draft: Draft, audio_hosts: Collection[str]) -> Draft:
    """Return `draft` with its texts as they are stored; raises Invalid."""
    clean = replace(
        draft,
        session_id=normal_text(draft.session_id),
        message=normal_text(draft.message),
        audio_url=draft.audio_url or None,
    )
    texts = {
        "message": text_fault(clean.message, FEEDBACK_LENGTH),
        "session_id": text_fault(clean.session_id, SESSION_ID_LENGTH),
    }
    faults = {field: fault for field, fault in texts.items() if fault}
    faults |= speech_faults(clean, audio_hosts)
    if faults:
        raise Invalid(faults)
    return clean


def text_fault(text: str, most: int) -> Fault | None:
    """Say what is wrong with a normalised `text` of 1 to `most` characters."""
    if _LONE_SURROGATE.search(text):
        return Fault.NOT_TEXT
    if not text.strip():
        return Fault.BLANK
    return Fault.TOO_LONG if len(text) > most else None


def speech_faults(draft: Draft, audio_hosts: Collection[str]) -> dict[str, Fault]:
    """Say which of `audio_url` and `speak` do not go with the draft's `message_type`, and why."""
    if draft.message_type == "text":
        return {"audio_url": Fault.AUDIO_REFUSED} if draft.audio_url else {}
    found = {
        "audio_url": (
            url_fault(draft.audio_url, audio_hosts) if draft.audio_url else Fault.AUDIO_REQUIRED
        ),
        "speak": Fault.SPEAK_REFUSED if draft.speak else None,
    }
    return {field: fault for field, fault in found.items() if fault}


def url_fault(url: str, hosts: Collection[str]) -> Fault | None:
    """Say what is wrong with the address of speech; see `audio_address`."""
    fault = address_fault(url, hosts)
    return Fault(fault) if fault else None
