"""What feedback may hold, the same over REST and the socket. No Django here."""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, urlsplit

from speaktracker.text import normal_text

MESSAGE_CHARACTERS = 2_000
SESSION_CHARACTERS = 128
URL_CHARACTERS = 2_000

# What cannot stand in a URL, and what browsers silently drop or turn round in one.
_NOT_IN_URL = re.compile(r"[^\x21-\x7e]|[\\<>\"^`{|}]")
_HOST = re.compile(r"[a-z0-9.-]+")
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


def normalised(fields: Mapping[str, Any], audio_hosts: Collection[str]) -> dict[str, Any]:
    """Return `fields` of a Draft with their texts as they are stored; raises Invalid."""
    result = dict(fields)
    result["message"] = normal_text(fields["message"])
    result["session_id"] = normal_text(fields["session_id"])
    result["audio_url"] = fields.get("audio_url") or None
    faults = {
        "message": text_fault(result["message"], MESSAGE_CHARACTERS),
        "session_id": text_fault(result["session_id"], SESSION_CHARACTERS),
        "audio_url": _audio_fault(result["message_type"], result["audio_url"], audio_hosts),
        "speak": _speak_fault(result["message_type"], result.get("speak", False)),
    }
    found = {field: fault for field, fault in faults.items() if fault}
    if found:
        raise Invalid(found)
    return result


def text_fault(text: str, most: int) -> Fault | None:
    """Say what is wrong with a normalised `text` of 1 to `most` characters."""
    if _LONE_SURROGATE.search(text):
        return Fault.NOT_TEXT
    if not text.strip():
        return Fault.BLANK
    return Fault.TOO_LONG if len(text) > most else None


def url_fault(url: str, hosts: Collection[str]) -> Fault | None:
    """Say what is wrong with the address of speech: https, on one of `hosts`, no other port."""
    if len(url) > URL_CHARACTERS:
        return Fault.TOO_LONG
    if _NOT_IN_URL.search(url):
        return Fault.NOT_A_URL
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return Fault.NOT_A_URL
    if parts.scheme != "https":
        return Fault.NOT_HTTPS
    return None if _host_stands(parts, port, hosts) else Fault.HOST_REFUSED


def _host_stands(parts: SplitResult, port: int | None, hosts: Collection[str]) -> bool:
    host = parts.hostname or ""
    # Nothing but the host and its port: no user, no password, no `@` to mistake for the host.
    plain = parts.netloc.lower() in (host, f"{host}:443")
    known = host in {allowed.lower() for allowed in hosts}
    return bool(plain and port in (None, 443) and _HOST.fullmatch(host) and known)


def _audio_fault(message_type: str, url: str | None, hosts: Collection[str]) -> Fault | None:
    if message_type == "text":
        return Fault.AUDIO_REFUSED if url else None
    return url_fault(url, hosts) if url else Fault.AUDIO_REQUIRED


def _speak_fault(message_type: str, speak: bool) -> Fault | None:
    return Fault.SPEAK_REFUSED if speak and message_type != "text" else None
