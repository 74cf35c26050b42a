"""`create_tables` and `mirror`, as an operator runs them."""

import asyncio
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from speaktracker.db.threads import read, run_long, write
from speaktracker.persistence.models import Change
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.tables import CONNECTIONS, FEEDBACK, SESSIONS
from tests.persistence import shelf
from tests.persistence.conftest import Relaying
from tests.persistence.mirror import Mirror


def _said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


async def _says(*words: str) -> str:
    return await run_long(_said, *words)


def test_create_tables_says_what_it_made_and_then_that_all_is_there(aws: Any) -> None:
    assert f"Made the table {Mirror(aws).name(FEEDBACK)}." in _said("create_tables")
    assert _said("create_tables").startswith("Every table is there")


async def test_the_status_shows_lag_backlog_and_trouble(mirror: Mirror) -> None:
    await mirror.put(CONNECTIONS, *shelf.some_connections(3))
    said = await _says("mirror", "--status")
    assert "backlog:    3 changes" in said
    assert "No server process carries changes over" in said


async def test_verify_counts_waiting_changes_as_pending_not_as_different(mirror: Mirror) -> None:
    await mirror.put(CONNECTIONS, *shelf.some_connections(3))
    said = await _says("mirror", "--verify")
    assert "3 records compared, 0 differences, 3 with a change on its way." in said


async def test_verify_names_each_difference_and_fails(mirror: Mirror, relaying: Relaying) -> None:
    await mirror.put(CONNECTIONS, *shelf.some_connections(3))
    async with relaying():
        await mirror.is_drained()
    await _spoil(mirror)
    out = StringIO()
    with pytest.raises(CommandError, match="--rebuild"):
        await run_long(call_command, "mirror", "--verify", stdout=out)
    said = out.getvalue()
    assert "websocket-connections c0 is missing" in said
    assert "websocket-connections c1 is different: tutor_email" in said
    assert "websocket-connections stray is left over" in said


async def test_rebuild_mends_every_difference(mirror: Mirror, each_engine: str) -> None:
    await mirror.put(CONNECTIONS, *shelf.some_connections(60))
    await mirror.put(FEEDBACK, *[shelf.a_feedback(session_id=f"s{n}") for n in range(30)])
    await mirror.put(SESSIONS, shelf.a_session())
    await write(lambda: Change.objects.all().delete())
    await _spoil(mirror)
    assert "92 items written or deleted." in await _says("mirror", "--rebuild")
    assert "0 differences, 0 with" in await _says("mirror", "--verify")


async def test_rebuild_makes_a_deleted_table_again_while_a_server_runs(
    mirror: Mirror, relaying: Relaying
) -> None:
    await mirror.put(CONNECTIONS, *shelf.some_connections(60))
    async with relaying():
        await mirror.is_drained()
        await mirror.drop(CONNECTIONS)
        await mirror.put(CONNECTIONS, shelf.a_connection("new"))
        await _says("mirror", "--rebuild")
        await mirror.is_complete()
    assert len(await mirror.items(CONNECTIONS)) == 61


async def test_an_expired_item_that_dynamodb_still_keeps_is_no_difference(mirror: Mirror) -> None:
    expired = {"connection_id": {"S": "old"}, "ttl": {"N": "1700000000"}}
    mirror.client.put_item(TableName=mirror.name(CONNECTIONS), Item=expired)
    assert "0 differences" in await _says("mirror", "--verify")


async def test_a_rebuild_that_cannot_go_on_says_why(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    from speaktracker.persistence import rebuilding
    from speaktracker.persistence.backends import dynamodb_from_settings
    from speaktracker.persistence.base import StoreUnavailable

    await mirror.put(CONNECTIONS, shelf.a_connection())
    backend = await asyncio.to_thread(dynamodb_from_settings)
    monkeypatch.setattr(rebuilding, "Relay", _SleepingRelay)
    with pytest.raises(StoreUnavailable, match="No server process"):
        await rebuilding.rebuild(backend, lambda done, total: None, stuck_seconds=0.3)
    assert len(await read(backlog.due, CONNECTIONS.name, 10)) == 1


class _SleepingRelay:
    def __init__(self, **_: Any) -> None: ...

    async def run(self) -> None:
        await asyncio.Event().wait()


@pytest.mark.parametrize("option", ["--verify", "--rebuild"])
def test_a_mirror_that_is_off_says_how_to_turn_it_on(settings: Settings, option: str) -> None:
    settings.MIRROR = "off"
    with pytest.raises(CommandError, match="MIRROR is off: set MIRROR=dynamodb"):
        call_command("mirror", option)


def test_the_status_of_a_mirror_that_is_off_is_off(settings: Settings) -> None:
    settings.MIRROR = "off"
    assert _said("mirror", "--status") == "state:      off\n"


async def _spoil(mirror: Mirror) -> None:
    """Make one item missing, one different, one left over."""
    name = mirror.name(CONNECTIONS)
    far = {"N": "9999999999"}
    mirror.client.delete_item(TableName=name, Key={"connection_id": {"S": "c0"}})
    record = CONNECTIONS.item(shelf.a_connection("c1"))
    item = {key: {"S": str(value)} for key, value in record.items()} | {"ttl": {"N": "0"}}
    item |= {"ttl": {"N": str(record["ttl"])}, "tutor_email": {"S": "other@example.com"}}
    mirror.client.put_item(TableName=name, Item=item)
    stray = {"connection_id": {"S": "stray"}, "ttl": far, "mirrored_by": {"S": "speaktracker"}}
    mirror.client.put_item(TableName=name, Item=stray)
