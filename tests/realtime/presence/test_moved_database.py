"""A database that took another's place may lack records, or have those of sockets that are gone."""

import asyncio
from typing import Any

import pytest

from realtime import housekeeping
from realtime.models import Connection
from realtime.per_process.process_state import this_process
from speaktracker import db
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.inside import the_socket


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look finds that the address leads elsewhere."""

    async def yes() -> bool:
        return True

    monkeypatch.setattr(housekeeping, "follow_address", yes)


def rename(connection_id: str) -> None:
    """Have the record of a socket be that of another one, which is gone."""
    Connection.objects.filter(pk=connection_id).update(connection_id="gone")


def ids() -> set[str]:
    """Name the recorded connections."""
    return set(Connection.objects.values_list("connection_id", flat=True))


async def test_a_record_without_its_socket_goes_and_a_socket_without_its_record_has_one_again(
    connect: Connect, student: User, moved: None
) -> None:
    client = await connect(student)
    await client.next()
    living = the_socket(student)
    await db.write(rename, living.connection_id)
    await housekeeping.follow_database()
    assert await db.read(ids) == {living.connection_id}


async def test_a_socket_that_is_being_let_in_keeps_its_record(
    connect: Connect, student: User, moved: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded, go_on = asyncio.Event(), asyncio.Event()
    admissions: Any = this_process().admissions
    ask = admissions.ask

    async def slow(request: Any) -> Any:
        answer = await ask(request)
        recorded.set()
        await go_on.wait()
        return answer

    monkeypatch.setattr(admissions, "ask", slow)
    opening = asyncio.ensure_future(connect(student))
    await asyncio.wait_for(recorded.wait(), 10)
    await housekeeping.follow_database()
    go_on.set()
    await (await opening).next()
    assert await db.read(ids) == {the_socket(student).connection_id}
