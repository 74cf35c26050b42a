"""The server's log: one JSON line per event, and nothing in it that is nobody's business."""

import json
from typing import Any

import pytest

from tests.blackbox import contract
from tests.blackbox.classroom import PASSWORD, Classroom, Pair
from tests.cluster.waiting import eventually

# Nobody is slowed, and no line is sampled.
ENVIRONMENT = {
    "LOG_LEVEL": "DEBUG",
    "USER_MESSAGES_PER_SECOND": "1000",
    "LOG_MESSAGES_PER_SECOND": "100000",
}
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-logs")]

SECONDS = 20
SECRET = "비밀-geheim-secret"


async def lines_of(room: Classroom, count: int, **fields: Any) -> list[dict[str, Any]]:
    """Wait until the server's thread has written `count` lines with these `fields`."""

    def look() -> list[dict[str, Any]]:
        # The last line may be half there.
        every = [json.loads(line) for line in room.server.log.read_text().split("\n")[:-1]]
        return [line for line in every if fields.items() <= line.items()]

    return await eventually(look, lambda found: len(found) >= count, SECONDS)


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
    await lines_of(room, 2, user_email=pair.tutor, message_type="feedback", status="success")
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
    own = await lines_of(room, 3, user_email=pair.student)
    assert {line["connection_id"] for line in own} == {student.heard[0]["connection_id"]}
    assert all(contract.timestamp(line["timestamp"]) for line in own)
    kinds = [(x["event_type"], x.get("message_type"), x["status"]) for x in own]
    assert kinds[0] == ("connection", "connect", "success")
    assert ("message", "status", "success") in kinds
    assert ("message", "status", "error") in kinds
    assert all(x["duration_ms"] >= 0 for x in own if x["event_type"] == "message")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("speaktracker-js/1.0.0", "speaktracker-js/1.0.0"),
        ("my.app_2/3.1-rc.1+b7", "my.app_2/3.1-rc.1+b7"),
        ("", None),
        ("speaktracker-js", None),
        ("a/1\nb", None),
        ("<b>/1", None),
        (f"{'a' * 41}/1", None),
        (f"a/{'1' * 24}", None),
        ("앱/1.0", None),
    ],
)
async def test_the_line_of_a_connection_names_the_program(
    room: Classroom, pair: Pair, said: str, written: str | None
) -> None:
    student = await room.enters(pair.student, client=said)
    connection_id = student.heard[0]["connection_id"]
    (line,) = await lines_of(room, 1, connection_id=connection_id, event_type="connection")
    assert (line["event_type"], line["client"]) == ("connection", written)


async def test_feedback_over_rest_leaves_a_line(room: Classroom, pair: Pair) -> None:
    await room.gives(pair, "Good")
    own = await lines_of(room, 1, user_email=pair.tutor)
    assert [(x["event_type"], x["message_type"]) for x in own] == [("message", "feedback")]


@pytest.mark.parametrize(
    ("way", "given", "reason"),
    [
        ("ticket", {"query": {"ticket": "x"}}, "the ticket is not valid"),
        ("bearer", {"query": {"token": "x"}}, "the token is not valid: Not enough segments"),
        ("cookie", {"headers": {"Cookie": "sessionid=x"}}, "the handshake carries no credentials"),
        ("none", {}, "the handshake carries no credentials"),
    ],
)
async def test_a_refused_connect_is_counted_by_its_way_and_the_log_says_why(
    room: Classroom, way: str, given: dict[str, Any], reason: str
) -> None:
    socket = await room.opens(**given)
    assert await socket.is_closed_with() == 4401
    # Others were refused in this room by the same way, for other reasons.
    (line, *_) = await lines_of(room, 1, way=way, status="error", reason=reason)
    assert (line["event_type"], line["message_type"], line["level"]) == (
        *("connection", "connect"),
        "warning",
    )
    assert (line["code"], line["close_code"]) == ("INVALID_CREDENTIALS", 4401)
    counted = f'refused_total{{code="INVALID_CREDENTIALS",way="{way}"}} 0.0'
    assert counted not in (await room.http().get("/metrics")).text


def wrong(line: dict[str, Any]) -> list[str]:
    """Name the fields of a line that are not as the contract has them, in order or in type."""
    levels = ("warning", "error") if line["status"] == "error" else ("debug", "info")
    # Plain lines of a program have neither; they have a text.
    has_length = line["message_type"] not in (None, "listening")
    is_message = line["event_type"] == "message" and "event" not in line
    right = {
        "timestamp": contract.timestamp(line["timestamp"]),
        "event_type": line["event_type"] in ("connection", "message", "error"),
        "connection_id": line["connection_id"] is None
        or contract.connection_id(line["connection_id"]),
        "user_email": line["user_email"] is None or "@" in line["user_email"],
        "message_type": isinstance(line["message_type"], str if is_message else str | None),
        "status": line["status"] in ("success", "error"),
        "duration_ms": isinstance(
            line["duration_ms"], float | int if has_length else float | int | None
        ),
        "level": line["level"] in levels,
        "process": isinstance(line["process"], str),
    }
    if list(line)[: len(right)] != list(right):
        return [f"the order: {list(line)}"]
    return [name for name, is_right in right.items() if not is_right]


async def test_every_line_of_a_busy_server_begins_with_the_fields_of_the_contract(
    room: Classroom, pair: Pair
) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    for number in range(50):
        await student.reports("studying", current_sentence=f"Sentence {number}.", session_id="s")
    await student.refused("status", status="asleep", session_id="s")
    await student.refused("nonsense")
    given = {"student_email": pair.student, "session_id": "s", "message_type": "text"}
    await tutor.ask("feedback", message="Good", **given)
    offline = await tutor.refused(
        "feedback", message="Good", **{**given, "student_email": pair.second}
    )
    assert offline["code"] == "RECIPIENT_OFFLINE"
    assert (await room.gives(pair, "Good")).status_code in (201, 202)
    assert (await room.gives(pair, "")).status_code == 400
    assert (await room.gives(pair, "?", student_email="nobody@example.com")).status_code == 403
    assert (await room.http().post("/api/tutor/feedback", json={})).status_code == 401
    assert (await room.http(host="evil.example").get("/login/")).status_code == 400
    assert await (await room.opens(query={"token": "x"})).is_closed_with() == 4401
    await student.close()
    await lines_of(room, 1, message_type="disconnect", user_email=pair.student)

    every = await lines_of(room, 1)
    assert [line for line in every if wrong(line)] == []
    seen = {(line["event_type"], line["message_type"], line["status"]) for line in every}
    assert seen >= {
        ("connection", "listening", "success"),
        ("connection", "connect", "success"),
        ("connection", "connect", "error"),
        ("connection", "disconnect", "success"),
        ("message", "status", "success"),
        ("message", "status", "error"),
        ("message", "unknown", "error"),
        ("message", "feedback", "success"),
        ("message", "feedback", "error"),
        ("error", None, "error"),
    }
    calls = [line for line in every if line["message_type"] == "feedback" and "code" in line]
    assert {("INVALID_MESSAGE", "error"), ("FORBIDDEN", "error")} <= {
        (line["code"], line["status"]) for line in calls
    }
    assert all("request_id" in line for line in calls if line["connection_id"] is None)


async def test_metrics_count_what_goes_on(room: Classroom, pair: Pair) -> None:
    await room.enters(pair.student)
    text = (await room.http().get("/metrics")).text
    assert "# TYPE" in text
    assert pair.student not in text
