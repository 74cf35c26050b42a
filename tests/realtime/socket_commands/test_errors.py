"""SPEC.md section 2.3: what is wrong with a message, said with its code; the socket stays."""

import json
import logging
from typing import Any

import pytest

from realtime.socket_commands import dispatch
from realtime.socket_commands.command_table import TABLES
from speaktracker import logs
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.messages import status
from tests.socket_client import SocketClient

ON_EVERY_SERVER = True

MALFORMED: list[str | bytes] = [
    "",
    " ",
    "null",
    "[]",
    "7",
    '"ping"',
    "{",
    "{}",
    '{"type":null}',
    '{"type":["ping"]}',
    '{"type":"ping"} {}',
    '{"type":"ping",}',
    "{'type':'ping'}",
    "[" * 5000,
    '{"type":"ping","x":' + "[" * 2000 + "]" * 2000 + "}",
    b"",
    b"\xff\xfe",
    b'{"type":"ping"}',
    b"\x00" * 100,
]


async def test_what_is_no_message_is_refused_and_the_socket_stays(
    no_rate_limit: None, connect: Connect, student: User
) -> None:
    socket = await connect(student)
    for frame in MALFORMED:
        error = await socket.ask(frame, "message_error", code="INVALID_MESSAGE")
        assert error["path"].startswith("$"), frame
        assert error["timestamp"].endswith("Z")
    await socket.ask({"type": "ping"}, "pong")


async def test_a_frame_that_is_nearly_json_is_answered_by_its_id(
    no_rate_limit: None, practice: SocketClient
) -> None:
    for frame in (
        '{"message_id":"7"}',
        '{"type":7,"message_id":"7"}',
        '{"type":"status","message_id":"7","progress":NaN}',
        '{"type":"status","message_id":"7","progress":-Infinity}',
        '{"type":"status","message_id":"7","progress":1e999}',
        '{"type":"status","message_id":"7","current_sentence":"\\ud800"}',
        b'{"type":"ping","message_id":"7"}',
    ):
        error = await practice.ask(frame, "message_error", code="INVALID_MESSAGE")
        assert error["original_message_id"] == "7", frame


async def test_an_id_that_is_none_names_nothing(
    no_rate_limit: None, practice: SocketClient
) -> None:
    for message_id in ('""', "7", "null", '"\\ud800"', '"' + "x" * 65 + '"', '["7"]'):
        frame = f'{{"type":"ping","message_id":{message_id}}}'
        error = await practice.ask(frame, "message_error", code="INVALID_MESSAGE")
        assert "original_message_id" not in error, message_id


async def test_an_unknown_type_is_named_so(connect: Connect, student: User) -> None:
    socket = await connect(student)
    for type_ in ("dance", "", "STATUS", "connection_success", "x" * 500):
        message = {"type": type_, "message_id": "1"}
        error = await socket.ask(message, "message_error", code="UNKNOWN_TYPE")
        assert error["original_message_id"] == "1"


async def test_a_message_error_speaks_korean_first(connect: Connect, student: User) -> None:
    socket = await connect(student)
    error = await socket.ask({"type": "dance"}, "message_error")
    assert error == {
        "type": "message_error",
        "code": "UNKNOWN_TYPE",
        "message": "알 수 없는 메시지 종류입니다",
        "timestamp": error["timestamp"],
    }


async def test_bad_messages_never_close_the_socket_however_many(
    no_rate_limit: None, connect: Connect, student: User
) -> None:
    socket = await connect(student)
    for _ in range(150):
        await socket.ask("{", "message_error", code="INVALID_MESSAGE")
    await socket.ask({"type": "ping"}, "pong")


async def test_a_bug_is_answered_and_logged_and_the_socket_lives(
    practice: SocketClient,
    dashboard: SocketClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def break_down(*_: Any) -> Any:
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as broken:
        broken.setattr("realtime.socket_commands.status.stamp", break_down)
        error = await practice.ask(status(message_id="1"), "message_error", code="UNAVAILABLE")
    assert error["original_message_id"] == "1"
    assert "bug" not in json.dumps(error)
    assert "ZeroDivisionError: a bug" in caplog.text
    await practice.ask(status(message_id="2"), "ack", message_id="2")


async def test_a_bad_message_leaves_no_trace_in_the_log(
    no_rate_limit: None, practice: SocketClient, caplog: pytest.LogCaptureFixture
) -> None:
    for frame in MALFORMED:
        await practice.ask(frame, "message_error")
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.exc_info]


async def test_every_error_is_logged_however_many_messages_are_sampled(
    practice: SocketClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(dispatch, "_sampler", logs.Sampler(per_second=0.001))
    caplog.set_level(logging.INFO, "speaktracker")
    for _ in range(3):
        await practice.ask("{", "message_error")
    logged = [record.__dict__ for record in caplog.records if "code" in record.__dict__]
    assert [record["code"] for record in logged] == ["INVALID_MESSAGE"] * 3


async def test_what_a_role_may_send_is_what_its_table_lists() -> None:
    assert set(TABLES["student"].commands) == {
        *("connection", "status", "help", "feedback_ack", "ping"),
    }
    assert set(TABLES["tutor"].commands) == {"connection", "dashboard", "feedback", "ping"}
