"""SPEC.md section 2.2: joins and leaves are the two edges of *in class*."""

import asyncio
from typing import Any

from realtime.models import Connection
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.messages import becomes, status
from tests.socket_client import SocketClient

ALL = "broadcast_all"  # by then what was reported is recorded


async def enter(connect: Connect, student: User) -> SocketClient:
    """Open one more tab of a student."""
    tab = await connect(student)
    await tab.hears("connection_success")
    return tab


async def gone(student: User) -> None:
    """Wait until no connection of the student is recorded."""
    await becomes(lambda: Connection.objects.filter(user=student).aexists(), False)


async def test_coming_online_is_a_join_that_shows_idle(
    connect: Connect, dashboard: SocketClient, student: User
) -> None:
    await enter(connect, student)
    joined = await dashboard.sees("student_joined", student_email=student.email)
    assert (joined["status"], joined["progress"], joined["online"]) == ("idle", 0, True)
    assert "reason" not in joined


async def test_closing_the_last_tab_is_a_leave_with_the_last_values(
    short_grace: None, dashboard: SocketClient, practice: SocketClient
) -> None:
    await practice.ask(status(progress=45, current_sentence="Hi", message_id="1"), "ack")
    await dashboard.ask({"type": "dashboard", "action": "refresh"}, "dashboard", action=ALL)
    await practice.close()
    left = await dashboard.sees("student_left")
    assert (left["reason"], left["online"]) == ("disconnected", False)
    assert (left["status"], left["progress"], left["current_sentence"]) == ("studying", 45, "Hi")


async def test_a_reload_is_neither_a_leave_nor_a_join(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await practice.close()
    await gone(student)
    await enter(connect, student)
    assert await dashboard.hears_nothing(1.5)


async def test_a_reload_keeps_the_latest_status(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await practice.send(status("paused", progress=45))
    await practice.close()
    await enter(connect, student)
    await dashboard.send({"type": "dashboard", "action": "refresh"})
    (seen,) = (await dashboard.sees("broadcast_all"))["students"]
    assert (seen["status"], seen["progress"], seen["online"]) == ("paused", 45, True)


async def test_during_the_grace_a_student_still_shows_online(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await practice.close()
    await gone(student)
    await dashboard.send({"type": "dashboard", "action": "refresh"})
    (seen,) = (await dashboard.sees("broadcast_all"))["students"]
    assert seen["online"] is True


async def test_two_tabs_are_one_student(
    short_grace: None,
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
) -> None:
    second = await enter(connect, student)
    await practice.close()
    assert await dashboard.hears_nothing(1.5)
    await second.close()
    await dashboard.sees("student_left", reason="disconnected")
    assert await dashboard.hears_nothing()


async def test_the_latest_status_counts_from_any_tab(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    second = await enter(connect, student)
    await practice.send(status("studying"))
    await dashboard.sees("update", status="studying")
    await second.send(status("finished"))
    await dashboard.sees("student_left", reason="finished")
    await practice.send(status("paused"))
    joined = await dashboard.sees("student_joined")
    assert joined["status"] == "paused"


async def test_a_finish_in_one_tab_is_known_to_the_other(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    second = await enter(connect, student)
    await practice.ask(status("finished", message_id="1"), "ack")
    await dashboard.sees("student_left")
    await second.ask(status("finished", message_id="2"), "ack")
    assert (await dashboard.next())["action"] == "update"


async def test_finished_is_a_leave_and_a_new_session_a_join(
    dashboard: SocketClient, practice: SocketClient
) -> None:
    await practice.send(status("finished", progress=100))
    left = await dashboard.sees("student_left", reason="finished")
    assert (left["online"], left["progress"]) == (True, 100)
    await practice.send(status("studying", session_id="session_124", progress=1))
    joined = await dashboard.sees("student_joined")
    assert (joined["session_id"], joined["progress"]) == ("session_124", 1)


async def test_an_edge_is_announced_by_the_edge_alone(
    dashboard: SocketClient, practice: SocketClient
) -> None:
    await practice.send(status("finished"))
    await practice.send(status("studying"))
    actions = [(await dashboard.next())["action"] for _ in range(2)]
    assert actions == ["student_left", "student_joined"]
    assert await dashboard.hears_nothing()


async def test_an_update_never_overtakes_its_edge(
    dashboard: SocketClient, practice: SocketClient
) -> None:
    for word in ("finished", "studying", "paused", "finished", "idle", "studying"):
        await practice.send(status(word))
    frames = await dashboard.hears_until("dashboard", action="student_joined")
    frames += await dashboard.hears_until("dashboard", action="student_left")
    frames += await dashboard.hears_until("dashboard", action="student_joined")
    edges = [f["action"] for f in frames if f["action"] != "update"]
    assert edges == ["student_left", "student_joined"] * 2
    last = await dashboard.sees("update", status="studying")
    versions = [frame["data"]["version"] for frame in frames] + [last["version"]]
    assert versions == sorted(versions)


async def test_leaving_finished_is_no_second_leave(
    short_grace: None, dashboard: SocketClient, practice: SocketClient
) -> None:
    await practice.send(status("finished"))
    await dashboard.sees("student_left", reason="finished")
    await practice.close()
    frame = await dashboard.next()
    assert (frame["action"], frame["data"]["online"]) == ("update", False)
    assert await dashboard.hears_nothing()


async def test_a_finished_students_reload_is_no_join(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await practice.send(status("finished"))
    await dashboard.sees("student_left")
    await practice.close()
    await enter(connect, student)
    assert await dashboard.hears_nothing(1.2)


async def test_finished_is_forgotten_after_the_grace(
    short_grace: None,
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
) -> None:
    await practice.send(status("finished", progress=100))
    await practice.close()
    await dashboard.sees("update", online=False)
    await enter(connect, student)
    joined = await dashboard.sees("student_joined")
    assert (joined["status"], joined["progress"], joined["session_id"]) == ("idle", 0, None)


async def test_a_status_is_forgotten_after_a_leave_for_disconnection(
    short_grace: None,
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
) -> None:
    await practice.send(status("paused", progress=45, current_sentence="Hi"))
    await practice.close()
    await dashboard.sees("student_left")
    await enter(connect, student)
    joined = await dashboard.sees("student_joined")
    assert (joined["status"], joined["progress"]) == ("idle", 0)
    assert joined["current_sentence"] == ""


async def test_simultaneous_connects_of_one_student_are_one_join(
    connect: Connect, dashboard: SocketClient, student: User
) -> None:
    await asyncio.gather(*(connect(student) for _ in range(5)))
    await dashboard.sees("student_joined")
    assert await dashboard.hears_nothing()


async def test_many_quick_reloads_are_one_student_in_class(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    tab = practice
    for _ in range(5):
        newer = await enter(connect, student)
        await tab.close()
        tab = newer
    await tab.send(status("paused"))
    assert (await dashboard.next())["action"] == "update"


async def test_a_student_without_an_open_dashboard_is_seen_by_the_next_one(
    connect: Connect, student: User, tutor: User
) -> None:
    tab = await enter(connect, student)
    await tab.ask(status("paused", message_id="1"), "ack")
    seen: dict[str, Any] = (await (await connect(tutor)).sees("broadcast_all"))["students"][0]
    assert (seen["status"], seen["online"]) == ("paused", True)


async def test_the_leave_of_a_drain_waits_20_seconds(
    short_grace: None, dashboard: SocketClient, practice: SocketClient, monkeypatch: Any
) -> None:
    monkeypatch.setattr("speaktracker.drain_state._draining", True)
    await practice.close()
    assert await dashboard.hears_nothing(1.5)
