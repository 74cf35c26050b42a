"""What a process asks when somebody changes: nothing of those whom it does not hold."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from realtime import change_follower
from realtime.change_follower import ChangeFollower
from speaktracker import db
from speaktracker.db import threads
from speaktracker.roster.change_log.selectors import Changes
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.socket_client import SocketClient

Asked = Callable[[], list[str]]
STRANGERS = frozenset(range(900_000, 900_100))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Say what the test's own task has asked of the database since it was asked last."""
    found: list[tuple[Any, str]] = []

    async def read(query: Any, *values: Any) -> Any:
        found.append((asyncio.current_task(), query.__name__))
        return await threads.read(query, *values)

    def since() -> list[str]:
        names = [name for task, name in found if task is asyncio.current_task()]
        found.clear()
        return names

    monkeypatch.setattr(db, "read", read)
    # What is not announced is never looked at.
    monkeypatch.setattr(change_follower, "POLL_SECONDS", 600)
    return since


async def beside_the_own() -> ChangeFollower:
    """Make another follower, which has looked at everybody just now."""
    follower = ChangeFollower()
    await follower.follow()
    return follower


async def test_of_strangers_nothing_is_asked(connect: Connect, student: User, asked: Asked) -> None:
    await (await connect(student)).ask({"type": "ping"}, "pong")
    follower = await beside_the_own()
    asked()
    await follower.look(Changes("1", people=STRANGERS, students=STRANGERS))
    assert asked() == []
    await follower.look(Changes("2", students=STRANGERS | {student.pk}))
    assert asked() == ["read_facts", "misplaced"]


async def test_an_announcement_that_names_strangers_is_left_to_the_next_poll(
    dashboard: SocketClient, practice: SocketClient, student: User, tutor: User, asked: Asked
) -> None:
    follower = await beside_the_own()
    asked()
    strangers = sorted(STRANGERS)
    looks = []
    for event in (
        {"people": strangers, "students": []},
        {"people": [tutor.pk, *strangers], "students": []},
        {"people": [], "students": [student.pk]},
        {"people": [], "students": strangers},  # of whom one may come to a dashboard here
        {},  # too many to name
    ):
        follower.note_announced({"type": "roster.changed", **event})
        await follower.follow()
        looks.append("changes_since" in asked())
    assert looks == [False, True, True, True, True]
