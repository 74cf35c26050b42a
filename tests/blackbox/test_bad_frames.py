"""A thousand bad frames over real sockets: each is answered and the next good one works."""

import json
import os
import random
import string
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.blackbox.classroom import Classroom, Pair
from tests.blackbox.sockets import Socket

ENVIRONMENT = {
    "USER_MESSAGES_PER_SECOND": "1000000",
    "USER_REFUSALS_PER_MINUTE": "1000000",
    "CONNECTION_BYTES_PER_MINUTE": "1000000000",
}
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-frames")]

FRAMES = 1_000
EXPECTED = {"INVALID_MESSAGE", "UNKNOWN_TYPE", "FORBIDDEN", "MESSAGE_TOO_LARGE"}
GOOD = {"type": "status", "status": "studying", "session_id": "s1", "progress": 1}
SPECIAL: tuple[Any, ...] = (None, True, 0, -1, 1e308, "", "\x00", "\ud800", [], {}, [[]], "a" * 129)


def bad_frames(chance: random.Random) -> Iterator[str | bytes]:
    """Generate frames that no client may send: text, or bytes for a binary frame."""
    makers = (_noise, _binary, _json_of_another_form, _cut, _wrong_field, _unknown_field, _large)
    while True:
        yield chance.choice(makers)(chance)


def _noise(chance: random.Random) -> str:
    letters = string.printable + "발음\u2028🎤\x00"
    return "".join(chance.choices(letters, k=chance.randint(0, 60))) + "{"


def _binary(chance: random.Random) -> bytes:
    return chance.choice((b"", os.urandom(20), json.dumps(GOOD).encode(), b"\xff" * 5121))


def _json_of_another_form(chance: random.Random) -> str:
    depth = chance.choice((1, 50, 2000))
    forms = (json.dumps(chance.choice(SPECIAL)), "[" * depth + "]" * depth, "NaN", "-", "1e999")
    return chance.choice((*forms, '{"type":{"type":"status"}}', '{"type":null}', "{}"))


def _cut(chance: random.Random) -> str:
    text = json.dumps({**GOOD, "current_sentence": "발음"}, ensure_ascii=False)
    return text[: chance.randint(0, len(text) - 1)]


def _wrong_field(chance: random.Random) -> str:
    name, wrong = chance.choice(
        (
            ("type", chance.choice(SPECIAL[:-1])),
            ("status", chance.choice(SPECIAL)),
            ("session_id", chance.choice((None, True, 0, "", [], {}, "a" * 129))),
            ("progress", chance.choice((None, True, -1e7, 1e308, "", [], 1_000_000.001))),
            ("current_sentence", chance.choice((None, 1, [], "a" * 1001, "\ud800"))),
            ("user_email", chance.choice((None, 1, [], "tutor1@example.com"))),
            ("message_id", chance.choice((None, 1, [], "", "a" * 65))),
        )
    )
    return json.dumps({**GOOD, name: wrong})


def _unknown_field(chance: random.Random) -> str:
    name = "".join(chance.choices(string.printable + "발", k=chance.randint(1, 20)))
    return json.dumps({**GOOD, name + "?": chance.choice(SPECIAL)})


def _large(chance: random.Random) -> str:
    return chance.choice((padded(5_121), "x" * 65_536, "발" * 2_000, padded(5_121 + 50_000)))


def padded(size: int) -> str:
    """Write a good status as exactly `size` bytes of UTF-8."""
    text = json.dumps(GOOD)
    return text + " " * (size - len(text.encode()))


async def _is_answered(socket: Socket) -> str:
    while (message := await socket.next())["type"] == "feedback":
        pass
    assert message["type"] == "message_error", message
    return str(message["code"])


@pytest.mark.parametrize("seed", range(4))
async def test_bad_frames_are_answered_and_the_next_good_one_works(
    room: Classroom, pair: Pair, seed: int
) -> None:
    socket = await room.enters(pair.student)
    frames = bad_frames(random.Random(seed))
    for number in range(FRAMES // 4):
        frame = next(frames)
        await socket.connection.send(frame)
        assert await _is_answered(socket) in EXPECTED, frame
        if number % 10 == 0:
            await socket.reports("studying", progress=number % 100)


async def test_5120_bytes_pass_and_5121_do_not(room: Classroom, pair: Pair) -> None:
    tutor, socket = await room.enters(pair.tutor), await room.enters(pair.student)
    await socket.connection.send(padded(5_121))
    assert await _is_answered(socket) == "MESSAGE_TOO_LARGE"
    await socket.connection.send(padded(5_120))
    await tutor.hears("dashboard", action="update", progress=1)


async def test_a_limit_counts_bytes_not_characters(room: Classroom, pair: Pair) -> None:
    socket = await room.enters(pair.student)
    sentence = "발" * 1_000
    message = json.dumps({**GOOD, "current_sentence": sentence}, ensure_ascii=False)
    await socket.connection.send(message + " " * (5_121 - len(message.encode())))
    assert await _is_answered(socket) == "MESSAGE_TOO_LARGE"
    await socket.reports("studying", current_sentence=sentence)


async def test_a_large_message_is_named_when_it_has_an_id(room: Classroom, pair: Pair) -> None:
    socket = await room.enters(pair.student)
    large = {"status": "studying", "session_id": "s1", "current_sentence": "x" * 60_000}
    error = await socket.refused("status", **large)
    assert error["code"] == "MESSAGE_TOO_LARGE"


async def test_messages_in_fragments_are_whole_messages(room: Classroom, pair: Pair) -> None:
    tutor, socket = await room.enters(pair.tutor), await room.enters(pair.student)
    text = json.dumps({**GOOD, "current_sentence": "발음이 좋아요"}, ensure_ascii=False)
    await socket.connection.send(iter([text[:9], "", text[9:70], text[70:]]))
    await tutor.hears("dashboard", action="update", current_sentence="발음이 좋아요")


@pytest.mark.parametrize("raw", [b"\xff", b'{"type":"\xc3\x28"}', b"\xed\xa0\x80", b"abc\xf0\x9f"])
async def test_a_text_frame_that_is_no_utf8_ends_that_socket_alone(
    room: Classroom, pair: Pair, raw: bytes
) -> None:
    other, socket = await room.enters(pair.student), await room.enters(pair.student)
    await socket.connection.send(raw, text=True)
    try:
        assert await _is_answered(socket) == "INVALID_MESSAGE"
        await socket.reports("studying")
    except ConnectionClosed:
        assert socket.connection.close_code == 1007  # what RFC 6455 asks for
    await other.reports("studying")
    await (await room.enters(pair.student)).reports("paused")
