"""SPEC.md section 2.2: what a tutor's dashboards show, and how they heal."""

from typing import Any

from msgspec.structs import replace

from realtime.models import Presence
from realtime.presence import transitions
from realtime.presence.class_rules import Report
from speaktracker import db
from speaktracker.clock import microseconds, now
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect, assign
from tests.realtime.messages import status
from tests.socket_client import SocketClient

ON_EVERY_SERVER = True


async def snapshot(dashboard: SocketClient) -> dict[str, Any]:
    """Ask for `broadcast_all` and return its students by address."""
    await dashboard.send({"type": "dashboard", "action": "refresh"})
    data = await dashboard.sees("broadcast_all")
    return {student["student_email"]: student for student in data["students"]}


async def test_an_update_has_exactly_this_shape(
    dashboard: SocketClient, practice: SocketClient, tutor: User, student: User
) -> None:
    await practice.send(status(current_sentence="Hello, how are you?", progress=45))
    frame = await dashboard.next()
    assert frame == {
        "type": "dashboard",
        "action": "update",
        "target_tutor_email": tutor.email,
        "data": {
            "student_email": student.email,
            "status": "studying",
            "current_sentence": "Hello, how are you?",
            "progress": 45,
            "last_update": frame["data"]["last_update"],
            "student_name": student.name,
            "session_id": "session_123",
            "online": True,
            "version": frame["data"]["version"],
            "status_since": frame["data"]["last_update"],
            "progress_since": frame["data"]["last_update"],
            "came_at": frame["data"]["came_at"],
            "help": None,
            "group": "",
        },
    }


async def test_every_open_dashboard_of_the_tutor_sees_a_change(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, tutor: User
) -> None:
    second = await connect(tutor)
    await second.sees("broadcast_all")
    await practice.send(status("paused"))
    assert await dashboard.sees("update") == await second.sees("update")


async def test_another_tutors_dashboard_sees_nothing(
    connect: Connect, practice: SocketClient, dashboard: SocketClient, other_tutor: User
) -> None:
    other = await connect(other_tutor)
    await other.sees("broadcast_all")
    await practice.send(status("paused"))
    await dashboard.sees("update")
    assert await other.hears_nothing()


async def test_a_version_only_grows(dashboard: SocketClient, practice: SocketClient) -> None:
    versions = []
    for progress in range(5):
        await practice.send(status(progress=progress))
        versions.append((await dashboard.sees("update", progress=progress))["version"])
    await practice.send(status("finished"))
    versions.append((await dashboard.sees("student_left"))["version"])
    assert versions == sorted(set(versions))


async def test_a_dashboard_is_sent_everything_when_it_connects(
    connect: Connect, tutor: User, student: User, other_student: User
) -> None:
    frame = await (await connect(tutor)).hears("dashboard")
    assert (frame["action"], frame["target_tutor_email"]) == ("broadcast_all", tutor.email)
    assert frame["data"]["generated_at"].endswith("Z")
    assert [s["student_email"] for s in frame["data"]["students"]] == [
        student.email,
        other_student.email,
    ]
    assert "part" not in frame


async def test_a_student_never_seen_is_offline_without_values(
    connect: Connect, dashboard: SocketClient, student: User
) -> None:
    seen = (await snapshot(dashboard))[student.email]
    assert (seen["online"], seen["status"], seen["last_update"]) == (False, None, None)
    assert (seen["progress"], seen["current_sentence"]) == (0, "")


async def test_a_student_who_has_not_reported_shows_idle(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    seen = (await snapshot(dashboard))[student.email]
    assert (seen["online"], seen["status"]) == (True, "idle")
    assert (seen["progress"], seen["current_sentence"]) == (0, "")


async def test_a_snapshot_has_the_latest_status_at_once(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await practice.send(status(progress=44))
    await practice.send(status(progress=45))
    shown = await dashboard.sees("update", progress=45)
    assert (await snapshot(dashboard))[student.email] == {**shown, "last_feedback": None}


async def test_a_refresh_sends_everything_again_and_is_acknowledged(
    dashboard: SocketClient, student: User
) -> None:
    refresh = {"type": "dashboard", "action": "refresh", "message_id": "msg_1"}
    heard = [await dashboard.ask(refresh, "dashboard"), await dashboard.hears("ack")]
    assert heard[0]["action"] == "broadcast_all"
    assert heard[1] == {"type": "ack", "message_id": "msg_1"}


async def test_a_refresh_goes_to_the_dashboard_that_asked(
    connect: Connect, dashboard: SocketClient, tutor: User
) -> None:
    second = await connect(tutor)
    await second.sees("broadcast_all")
    await snapshot(dashboard)
    assert await second.hears_nothing()


async def test_a_student_has_no_dashboard(practice: SocketClient) -> None:
    refresh = {"type": "dashboard", "action": "refresh"}
    await practice.ask(refresh, "message_error", code="FORBIDDEN")


async def test_another_action_is_refused_with_its_path(dashboard: SocketClient) -> None:
    message = {"type": "dashboard", "action": "update"}
    error = await dashboard.ask(message, "message_error", code="INVALID_MESSAGE")
    assert error["path"] == "$.action"


async def test_a_tutor_without_students_is_sent_an_empty_class(
    connect: Connect, other_tutor: User
) -> None:
    data = await (await connect(other_tutor)).sees("broadcast_all")
    assert data["students"] == []


async def test_a_lost_update_is_right_again_by_itself(
    quick_checks: None, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await practice.ask(status("paused", message_id="1"), "ack")
    await dashboard.sees("update", status="paused")
    report = Report(
        *("studying", "session_123", "Hi", 7, now()), student_id=student.pk, version=microseconds()
    )
    await db.write(transitions.apply, [report])
    data = await dashboard.sees("update", status="studying")
    assert (data["progress"], data["version"]) == (7, report.version)


async def test_a_lost_edge_comes_as_that_edge(
    quick_checks: None, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    finished = Report(
        *("finished", "session_123", "", 100, now()), student_id=student.pk, version=microseconds()
    )
    await db.write(transitions.apply, [finished])
    assert (await dashboard.sees("student_left"))["reason"] == "finished"
    again = replace(finished, status="studying", version=microseconds())
    await db.write(transitions.apply, [again])
    assert (await dashboard.sees("student_joined"))["status"] == "studying"


async def test_a_lost_leave_of_a_disconnect_says_so(
    quick_checks: None, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await Presence.objects.filter(student=student).aupdate(
        online=False, in_class=False, version=microseconds()
    )
    left = await dashboard.sees("student_left")
    assert (left["reason"], left["online"]) == ("disconnected", False)


async def test_a_mapping_change_sends_everything_to_both_tutors(
    connect: Connect, dashboard: SocketClient, student: User, other_tutor: User
) -> None:
    await (await connect(student)).hears("connection_success")
    other = await connect(other_tutor)
    await other.sees("broadcast_all")
    await dashboard.sees("student_joined")
    await assign(student, other_tutor)
    assert (await dashboard.sees("broadcast_all"))["students"] == []
    seen = (await other.sees("broadcast_all"))["students"]
    assert [student_seen["student_email"] for student_seen in seen] == [student.email]
