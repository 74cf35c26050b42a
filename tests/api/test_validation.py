"""What feedback may hold, without Django."""

from typing import Any

import pytest

from feedback.validation import Draft, Fault, Invalid, normalised, url_fault
from speaktracker.text import normal_text

HOSTS = ["audio.example.com"]
TEXT: dict[str, Any] = {
    "student_email": "student@example.com",
    "session_id": "s",
    "message": "good",
    "message_type": "text",
}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("좋아요\n\t둘째 줄", "좋아요\n\t둘째 줄"),
        ("a\x00b\x1bc\x7fd\x9be\r\n", "abcde\n"),
        ("\u1112\u1161\u11ab", "한"),
        ("e\u0301", "é"),
        ("👩‍👩‍👧 <b>&amp;", "👩‍👩‍👧 <b>&amp;"),
    ],
)
def test_text_is_normalised(sent: str, stored: str) -> None:
    assert normal_text(sent) == stored
    assert normal_text(stored) == stored


@pytest.mark.parametrize(
    "url",
    [
        "https://audio.example.com/a.mp3",
        "https://audio.example.com:443/a.mp3?x=1#t",
        "https://AUDIO.example.com/a%20b",
        "https://audio.example.com/@a",
        "HTTPS://audio.example.com",
    ],
)
def test_speech_may_come_from_an_allowed_host(url: str) -> None:
    assert url_fault(url, HOSTS) is None


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://audio.example.com/a", Fault.NOT_HTTPS),
        ("javascript:alert(1)", Fault.NOT_HTTPS),
        ("//audio.example.com/a", Fault.NOT_HTTPS),
        ("https:audio.example.com", Fault.HOST_REFUSED),
        ("https://evil.example.com/a", Fault.HOST_REFUSED),
        ("https://audio.example.com.evil.com/a", Fault.HOST_REFUSED),
        ("https://sub.audio.example.com/a", Fault.HOST_REFUSED),
        ("https://evil.com@audio.example.com/a", Fault.HOST_REFUSED),
        ("https://audio.example.com@evil.com/a", Fault.HOST_REFUSED),
        ("https://audio.example.com:443@evil.com/a", Fault.HOST_REFUSED),
        ("https://@audio.example.com/a", Fault.HOST_REFUSED),
        ("https://audio.example.com:8443/a", Fault.HOST_REFUSED),
        ("https://audio.example.com:/a", Fault.HOST_REFUSED),
        ("https://audio.example.com./a", Fault.HOST_REFUSED),
        ("https://[::1]/a", Fault.HOST_REFUSED),
        ("https://[::1/a", Fault.NOT_A_URL),
        ("https://audio.example.com:x/a", Fault.NOT_A_URL),
        ("https://audio.example.com:99999/a", Fault.NOT_A_URL),
        ("https://evil.com\\@audio.example.com/a", Fault.NOT_A_URL),
        ("https://audio.example.com/a\n", Fault.NOT_A_URL),
        ("https://audio.example.com/a b", Fault.NOT_A_URL),
        ("https://аudio.example.com/a", Fault.NOT_A_URL),
        ("https://audio.example.com/" + "a" * 2_000, Fault.TOO_LONG),
    ],
)
def test_speech_may_come_from_nowhere_else(url: str, fault: Fault) -> None:
    assert url_fault(url, HOSTS) == fault


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"message": "\x00 \u200a\n"}, {"message": Fault.BLANK}),
        ({"message": "가" * 2_001}, {"message": Fault.TOO_LONG}),
        ({"message": "\ud800"}, {"message": Fault.NOT_TEXT}),
        ({"session_id": "\x00"}, {"session_id": Fault.BLANK}),
        ({"audio_url": "https://audio.example.com/a"}, {"audio_url": Fault.AUDIO_REFUSED}),
        ({"message_type": "tts"}, {"audio_url": Fault.AUDIO_REQUIRED}),
        (
            {"message_type": "tts", "speak": True, "message": ""},
            {
                "audio_url": Fault.AUDIO_REQUIRED,
                "speak": Fault.SPEAK_REFUSED,
                "message": Fault.BLANK,
            },
        ),
    ],
)
def test_each_bad_field_has_its_fault(change: dict[str, Any], faults: dict[str, Fault]) -> None:
    with pytest.raises(Invalid) as refused:
        normalised(Draft(**TEXT | change), HOSTS)
    assert refused.value.faults == faults


def test_a_message_is_measured_after_it_was_normalised() -> None:
    decomposed = "\u1112\u1161\u11ab" * 2_000
    assert normalised(Draft(**TEXT | {"message": decomposed}), HOSTS).message == "한" * 2_000


def test_an_empty_address_is_none() -> None:
    assert normalised(Draft(**TEXT | {"audio_url": ""}), HOSTS).audio_url is None
