"""The server's log: one JSON line per event, and nothing in it that is nobody's business."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.blackbox import contract
from tests.blackbox.classroom import PASSWORD, Classroom, Pair

ENVIRONMENT = {"LOG_LEVEL": "DEBUG"}
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-logs")]

SECRET = "비밀-geheim-secret"


def lines(room: Classroom) -> Iterator[dict[str, Any]]:
    """Parse every line that is an event."""
    for line in room.server.log.read_text().splitlines():
        if line.startswith("{"):
            yield json.loads(line)


async def test_no_token_and_no_text_is_ever_written(room: Classroom, pair: Pair) -> None:
    token = room.site.tokens[pair.student]
    await room.opens(query={"token": token})
    await room.opens(query={"token": f"{token}x", "user_email": pair.student})
    await room.opens(path="/nowhere/", query={"token": token})
    await room.opens(subprotocols=["speaktracker.v1", f"bearer.{token}"])
    ticket = (await room.http(pair.student).post("/api/realtime/ticket")).json()["ticket"]
    await (await room.opens(query={"ticket": ticket})).hears("connection_success")
    student = await room.enters(pair.student)
    await student.reports("studying", current_sentence=SECRET, session_id=f"s-{SECRET}")
    await student.refused("status", status=SECRET)
    await student.refused(SECRET)
    await student.ask("connection", action="refresh", token=token)
    await student.connection.send(SECRET)
    await room.gives(pair, SECRET)
    await room.gives(pair, SECRET, student_email=pair.tutor)
    await room.gives(pair, SECRET, colour=SECRET)
    await room.http().get(f"/api/tutor/feedback?token={token}&{SECRET}")
    await room.http().post("/api/auth/token", json={"email": pair.tutor, "password": PASSWORD})
    tutor = await room.enters(pair.tutor)
    given = {"student_email": pair.student, "session_id": "s", "message_type": "text"}
    await tutor.ask("feedback", message=SECRET, **given)
    await student.hears_meanwhile()
    written = room.server.log.read_text()
    assert pair.student in written
    for secret in (
        token,
        token.rsplit(".", 1)[1],
        ticket,
        SECRET,
        SECRET.encode("unicode_escape").decode(),
        PASSWORD,
        "only-for-tests",
    ):
        assert secret not in written


async def test_a_connection_and_its_messages_leave_lines(room: Classroom, pair: Pair) -> None:
    student = await room.enters(pair.student)
    await student.reports("studying")
    await student.refused("status", status="asleep", session_id="s")
    await student.hears_meanwhile()
    own = [line for line in lines(room) if line.get("user_email") == pair.student]
    assert {line["connection_id"] for line in own} == {student.heard[0]["connection_id"]}
    assert all(contract.timestamp(line["timestamp"]) for line in own)
    kinds = [(x["event_type"], x.get("message_type"), x["status"]) for x in own]
    assert kinds[0] == ("connection", None, "success")
    assert ("message", "status", "success") in kinds
    assert ("message", "status", "error") in kinds
    assert all(x["duration_ms"] >= 0 for x in own if x["event_type"] == "message")


async def test_feedback_over_rest_leaves_a_line(room: Classroom, pair: Pair) -> None:
    await room.gives(pair, "Good")
    own = [line for line in lines(room) if line.get("user_email") == pair.tutor]
    assert [(x["event_type"], x["message_type"]) for x in own] == [("message", "feedback")]


async def test_metrics_count_what_goes_on(room: Classroom, pair: Pair) -> None:
    await room.enters(pair.student)
    text = (await room.http().get("/metrics")).text
    assert "# TYPE" in text
    assert pair.student not in text
