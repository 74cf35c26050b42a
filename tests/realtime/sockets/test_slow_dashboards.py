"""SPEC.md sections 2.3 and 3: a slow dashboard is closed with 4008 and slows nobody."""

from typing import Any

import pytest

from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.messages import status
from tests.socket_client import SocketClient


@pytest.fixture
def short_queue(limits: Any) -> None:
    """Let a dashboard stay behind by a few frames only."""
    limits(dashboard_queue_frames=5, user_messages_per_second=1000)


async def test_a_dashboard_that_stays_behind_is_closed_and_the_other_sees_all(
    short_queue: None,
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    tutor: User,
) -> None:
    slow = await connect(tutor)
    await slow.sees("broadcast_all")
    slow.stop_reading()
    for _ in range(6):
        await practice.send(status("finished"))
        await dashboard.sees("student_left")
        await practice.send(status("studying"))
        await dashboard.sees("student_joined")
    assert await slow.is_closed_with() == 4008


async def test_many_updates_of_one_student_are_no_reason_to_close(
    short_queue: None,
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    tutor: User,
) -> None:
    slow = await connect(tutor)
    await slow.sees("broadcast_all")
    slow.stop_reading()
    for progress in range(40):
        await practice.send(status(progress=progress))
    await dashboard.sees("update", progress=39)
    assert (await slow.sees("update", progress=39))["status"] == "studying"


async def test_a_dashboard_that_reads_nothing_has_one_snapshot_waiting_however_often_it_asks(
    connect: Connect, practice: SocketClient, tutor: User
) -> None:
    slow = await connect(tutor)
    await slow.sees("broadcast_all")
    slow.stop_reading()
    # Takes the place on the wire, once it has been published.
    await practice.ask(status(progress=1, message_id="1"), "ack")
    for _ in range(8):
        await slow.send({"type": "dashboard", "action": "refresh"})
        assert slow.text_writer
        await slow.text_writer.is_awaited()
    await slow.send({"type": "ping"})
    frames = await slow.hears_until("pong")
    assert sum(frame.get("action") == "broadcast_all" for frame in frames) == 1
    assert await slow.sees("broadcast_all"), "who asked while one waited is served after it"
