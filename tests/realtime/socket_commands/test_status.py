"""SPEC.md section 2.1: what a student's `status` must, may and must not hold."""

import unicodedata
from typing import Any

import pytest

from realtime.models import PracticeSession
from realtime.per_process.process_state import this_process
from realtime.socket_commands.status import repeat_status
from speaktracker.roster.models import User
from tests.realtime.conftest import assign
from tests.realtime.inside import the_socket
from tests.realtime.messages import status, without
from tests.socket_client import SocketClient

ON_EVERY_SERVER = True


async def test_a_tutor_sees_every_status_of_a_student_in_class(
    practice: SocketClient, dashboard: SocketClient, student: User
) -> None:
    for word in ("studying", "idle", "paused"):
        await practice.send(status(word, current_sentence="Hello, how are you?", progress=45))
        data = await dashboard.sees("update", student_email=student.email, status=word)
        assert (data["current_sentence"], data["progress"]) == ("Hello, how are you?", 45)


async def test_a_status_with_every_field_is_accepted(
    practice: SocketClient, dashboard: SocketClient, student: User
) -> None:
    whole = status(
        user_email=student.email.upper(),
        current_sentence="Hi",
        progress=1,
        timestamp="2026-01-14T10:30:00.000Z",
        message_id="msg_1",
    )
    assert await practice.ask(whole, "ack") == {"type": "ack", "message_id": "msg_1"}


async def test_what_a_status_may_leave_out_has_its_default(
    practice: SocketClient, dashboard: SocketClient
) -> None:
    await practice.send(status("paused"))
    data = await dashboard.sees("update")
    assert (data["current_sentence"], data["progress"]) == ("", 0)
    assert (data["status"], data["session_id"]) == ("paused", "session_123")


async def test_what_a_status_needs_is_named_when_missing(
    practice: SocketClient, dashboard: SocketClient
) -> None:
    for name in ("status", "session_id"):
        message = without(status(message_id="msg_1"), name)
        error = await practice.ask(message, "message_error", code="INVALID_MESSAGE")
        assert (error["path"], error["original_message_id"]) == (f"$.{name}", "msg_1")


BAD_FIELDS: list[tuple[str, Any]] = [
    ("status", "sleeping"),
    ("status", None),
    ("status", "STUDYING"),
    ("session_id", ""),
    ("session_id", "s" * 129),
    ("session_id", 7),
    ("session_id", "\x00\x01"),
    ("session_id", "  "),  # feedback could not name it
    ("session_id", "\u0958" * 128),  # two characters each in NFC
    ("current_sentence", "x" * 1001),
    ("current_sentence", None),
    ("progress", -1_000_001),
    ("progress", 1_000_000.5),
    ("progress", "45"),
    ("progress", True),
    ("progress", None),
    ("timestamp", 1736850600),
    ("message_id", ""),
    ("message_id", "m" * 65),
    ("message_id", 5),
    ("user_email", 5),
    ("mood", "happy"),
]


async def test_a_bad_field_is_refused_with_its_name(
    no_rate_limit: None, practice: SocketClient, dashboard: SocketClient
) -> None:
    for name, value in BAD_FIELDS:
        error = await practice.ask({**status(), name: value}, "message_error")
        assert (error["code"], error["path"]) == ("INVALID_MESSAGE", f"$.{name}"), value
    assert await dashboard.hears_nothing()


async def test_the_bounds_themselves_are_within(
    practice: SocketClient, dashboard: SocketClient
) -> None:
    for name, value in [
        ("session_id", "s" * 128),
        ("current_sentence", "가" * 1000),
        ("progress", 0),
        ("progress", 100),
        ("progress", 33.3),
    ]:
        await practice.ask({**status(), name: value, "message_id": "m"}, "ack", message_id="m")
        assert (await dashboard.sees("update"))[name] == value


async def test_somebody_elses_address_is_forbidden(
    practice: SocketClient, dashboard: SocketClient, tutor: User
) -> None:
    message = status(user_email=tutor.email, message_id="msg_1")
    error = await practice.ask(message, "message_error", code="FORBIDDEN")
    assert error["original_message_id"] == "msg_1"
    assert await dashboard.hears_nothing()


async def test_the_clients_clock_orders_nothing_and_is_recorded_as_given(
    practice: SocketClient, dashboard: SocketClient
) -> None:
    await practice.send(status("studying", timestamp="2036-01-01T00:00:00.000Z"))
    first = await dashboard.sees("update", status="studying")
    await practice.send(status("paused", timestamp="1999-01-01T00:00:00.000Z"))
    second = await dashboard.sees("update", status="paused")
    assert second["version"] > first["version"]
    assert "2036" > second["last_update"] > "2000"
    await this_process().journal.flush()
    session = await PracticeSession.objects.aget()
    assert session.client_timestamp == "1999-01-01T00:00:00.000Z"


async def test_text_is_stored_as_sent_in_nfc_without_control_characters(
    practice: SocketClient, dashboard: SocketClient
) -> None:
    sentence = "<b>&</b>\t\n" + unicodedata.normalize("NFD", "발음é")
    await practice.send(status(current_sentence=f"\x00{sentence}\x07\x1b"))
    data = await dashboard.sees("update")
    assert data["current_sentence"] == "<b>&</b>\t\n발음é"


async def test_a_lone_surrogate_is_no_text(practice: SocketClient, dashboard: SocketClient) -> None:
    frame = '{"type":"status","status":"idle","session_id":"\\ud800","message_id":"m"}'
    error = await practice.ask(frame, "message_error", code="INVALID_MESSAGE")
    assert error["original_message_id"] == "m"


async def test_finished_is_the_end_of_the_session(
    practice: SocketClient, dashboard: SocketClient, student: User
) -> None:
    await practice.ask(status("studying", message_id="1"), "ack", message_id="1")
    await practice.ask(status("finished", progress=100, message_id="2"), "ack", message_id="2")
    left = await dashboard.sees("student_left", student_email=student.email)
    assert (left["reason"], left["status"], left["progress"]) == ("finished", "finished", 100)
    session = await PracticeSession.objects.aget(student=student, session_id="session_123")
    assert session.ended_at is not None


async def test_a_status_after_the_mapping_went_is_answered_and_the_socket_stays(
    practice: SocketClient, dashboard: SocketClient, student: User
) -> None:
    await assign(student, None)
    await dashboard.sees("student_left", reason="removed")
    error = await practice.ask(status(message_id="m"), "message_error", code="TUTOR_NOT_FOUND")
    assert error["original_message_id"] == "m"
    await practice.ask({"type": "ping"}, "pong")


async def test_a_tutor_sends_no_status(dashboard: SocketClient) -> None:
    await dashboard.ask(status(), "message_error", code="FORBIDDEN")


async def test_a_status_without_the_database_is_unavailable_only_when_it_must_be_stored(
    practice: SocketClient, dashboard: SocketClient, lose_database: Any
) -> None:
    lose_database()
    await practice.ask(status("paused", message_id="1"), "ack", message_id="1")
    await dashboard.sees("update", status="paused")
    error = await practice.ask(status("finished", message_id="2"), "message_error")
    assert (error["code"], error["original_message_id"]) == ("UNAVAILABLE", "2")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [(33.333333, 33.33), (45, 45), (45.0, 45), (-0.001, 0), (120.5, 120.5), (-5, -5), (1e-130, 0)],
)
async def test_progress_is_any_number_and_shown_in_two_decimals(
    practice: SocketClient, dashboard: SocketClient, sent: float, shown: float
) -> None:
    await practice.send(status(progress=sent, current_sentence=f"at {sent}"))
    seen = await dashboard.sees("update", current_sentence=f"at {sent}")
    assert (repr(seen["progress"])) == repr(shown)


async def test_a_status_that_waits_to_bring_its_student_back_is_not_repeated(
    practice: SocketClient, dashboard: SocketClient, student: User, lose_database: Any
) -> None:
    await practice.ask(status("finished", message_id="1"), "ack")
    await dashboard.sees("student_left")
    lose_database()
    await practice.ask(status("studying", message_id="2"), "message_error", code="UNAVAILABLE")
    repeat_status(the_socket(student))
    assert await dashboard.hears_nothing()
