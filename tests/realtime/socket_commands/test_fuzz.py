"""Issue 2: a thousand generated frames against one socket of each role."""

import json
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.messages import feedback, status, without
from tests.socket_client import Message, SocketClient

ON_EVERY_SERVER = True

FRAMES = 500  # for each role
REFUSALS = {
    "INVALID_MESSAGE",
    "UNKNOWN_TYPE",
    "FORBIDDEN",
    "MESSAGE_TOO_LARGE",
    "RECIPIENT_OFFLINE",
}

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**20, 10**300),
    st.floats(),  # NaN and the infinities too
    st.text(),
    st.sampled_from(["\x00", "\ud800", "\udfff x", "{}", "\u202e", "가" * 1200, "x" * 129]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    st.integers(1, 700).map(lambda depth: json.loads("[" * depth + "]" * depth)),
)
ids = st.one_of(st.text(min_size=1, max_size=64), st.just(""), st.just("x" * 65), odd)


def _wrong(good: Message) -> st.SearchStrategy[Message]:
    """Take fields out of a good message, put odd values in, and add what nobody knows."""
    return st.builds(
        lambda message, lost, changed, extra, message_id: {
            **without({**message, **changed}, *lost),
            **extra,
            "message_id": message_id,
        },
        st.just(good),
        st.sets(st.sampled_from(sorted(good)), max_size=2),
        st.dictionaries(st.sampled_from(sorted(good)), odd, max_size=3),
        st.dictionaries(st.text(max_size=8), odd, max_size=2),
        ids,
    )


def _padded(octets: int) -> st.SearchStrategy[str]:
    frame = '{"type":"ping","message_id":"padded"'
    return st.just(frame.ljust(octets - 1) + "}")


def frames(goods: list[Message]) -> st.SearchStrategy[str | bytes]:
    """Generate frames as text or bytes: broken JSON, odd JSON, and messages gone wrong."""
    return st.one_of(
        st.one_of(*map(_wrong, goods)).map(json.dumps),
        st.one_of(*map(_wrong, goods)).map(json.dumps),
        odd.map(json.dumps),
        st.text(max_size=50).filter(lambda text: not _has_surrogates(text)),
        st.binary(max_size=50),
        st.sampled_from(["", b"", b"\xff\xfe\x00", "\x00", "[" * 5000, '{"a":' * 800]),
        st.one_of(*map(_wrong, goods)).map(lambda message: json.dumps(message)[:-3]),
        st.one_of(*map(_wrong, goods)).map(lambda message: json.dumps(message).encode()),
        st.one_of(*map(_padded, (5119, 5120, 5121, 60_000))),
    )


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _valid_id(frame: str | bytes) -> str | None:
    """Find the id a frame carries, as any JSON reader would."""
    try:
        found = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    given_id = found.get("message_id") if isinstance(found, dict) else None
    if not isinstance(given_id, str) or not 1 <= len(given_id) <= 64:
        return None
    return None if _has_surrogates(given_id) else given_id


async def withstands(socket: SocketClient, frame: str | bytes) -> None:
    """Send `frame`, then a good message; check the answer to each."""
    await socket.send(frame)
    await socket.send('{"type":"ping","message_id":"~good~"}')
    heard = (await socket.hears_until("ack", message_id="~good~"))[:-2]
    answers = [m for m in heard if m["type"] in ("message_error", "ack", "connection_error")]
    expected, size = _valid_id(frame), len(frame if isinstance(frame, bytes) else frame.encode())
    if expected is None or size > 5120:
        assert len(answers) <= 1, heard
    else:
        if not answers:  # feedback is carried out beside the socket
            answers = [await socket.hears("message_error", original_message_id=expected)]
        assert len(answers) == 1, heard
        answer = answers[0]
        assert expected == answer.get("original_message_id", answer.get("message_id")), heard
    for answer in answers:
        assert answer.get("code", "INVALID_MESSAGE") in REFUSALS, heard
        assert "Traceback" not in json.dumps(answer)
    if size > 5120:
        assert answers[0]["code"] == "MESSAGE_TOO_LARGE"


def _harmless(frame: str | bytes) -> bool:
    """Leave out the one frame that may close a socket: a hello or token of somebody else."""
    return b'"connection"' not in (frame if isinstance(frame, bytes) else frame.encode())


def _generated(goods: list[Message]) -> list[str | bytes]:
    """Generate frames; before the socket opens, since it takes the loop for seconds."""
    collected: list[str | bytes] = []

    @given(frames(goods).filter(_harmless))
    @settings(
        max_examples=FRAMES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def collect(frame: str | bytes) -> None:
        collected.append(frame)

    collect()
    assert len(collected) >= FRAMES
    return collected


async def test_a_student_may_send_anything(
    no_rate_limit: None,
    connect: Connect,
    student: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    goods = [
        status(user_email=student.email, progress=1, current_sentence="Hi", timestamp="now"),
        {"type": "feedback_ack", "state": "seen", "message_ids": ["a"]},
        {"type": "ping"},
        {"type": "dashboard", "action": "refresh"},
    ]
    sent = _generated(goods)
    socket = await connect(student)
    await socket.hears("connection_success")
    for frame in sent:
        await withstands(socket, frame)
    await socket.ask(status("paused", message_id="last"), "ack", message_id="last")
    _no_trace(caplog)


async def test_a_tutor_may_send_anything(
    no_rate_limit: None,
    connect: Connect,
    tutor: User,
    student: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    goods = [
        {**feedback(student), "from": tutor.email, "speak": False, "audio_url": None},
        {"type": "dashboard", "action": "refresh"},
        {"type": "ping"},
        status(),
    ]
    sent = _generated(goods)
    socket = await connect(tutor)
    await socket.sees("broadcast_all")
    for frame in sent:
        await withstands(socket, frame)
    await socket.ask({"type": "dashboard", "action": "refresh"}, "dashboard")
    _no_trace(caplog)


def _no_trace(caplog: pytest.LogCaptureFixture) -> None:
    bugs = [
        record for record in caplog.records if record.exc_info or record.levelno > logging.WARNING
    ]
    assert not bugs, caplog.text
