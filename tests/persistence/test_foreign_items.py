"""Items that were never ours: counted apart, kept, and deleted only by who says so."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from speaktracker.db.threads import read, run_long, write
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.models import Change
from speaktracker.persistence.tables import CONNECTIONS, FEEDBACK, SESSIONS
from tests.persistence import shelf
from tests.persistence.conftest import Relaying
from tests.persistence.mirror import Mirror

FAR = {"N": "9999999999"}


async def _says(*words: str) -> str:
    """Run a command as an operator does; gives what it said, its error at the end."""
    out = StringIO()
    try:
        await run_long(lambda: call_command(*words, stdout=out))
    except CommandError as error:
        out.write(f"FAILED {error}")
    return out.getvalue()


def put_foreign(mirror: Mirror, number: int) -> None:
    """Put feedback of somebody else's, in all the shapes of keys that others write."""
    for n in range(number):
        key = ["T@example.com#s@example.com#a#b", "no parts", "t@example.com#s@example.com#x"][
            n % 3
        ]
        at = [f"2026-01-14T10:30:{n:02}Z", f"at {n}", f"2026-01-14T10:30:{n:02}.5+09:00"][n % 3]
        ttl: Any = {"ttl": FAR} if n % 2 else {}  # without one, DynamoDB keeps an item for ever
        item = {"composite_key": {"S": key}, "timestamp": {"S": at}, **ttl}
        mirror.client.put_item(TableName=mirror.name(FEEDBACK), Item=item)


async def test_foreign_items_are_no_difference_and_are_named(mirror: Mirror) -> None:
    put_foreign(mirror, 12)
    said = await _says("mirror", "--verify")
    assert "12 items of feedback-messages were never ours: no difference." in said
    assert "manage.py import_tables" in said
    assert "FAILED" not in said


async def test_a_rebuild_refuses_until_somebody_says_what_of_foreign_items(mirror: Mirror) -> None:
    put_foreign(mirror, 12)
    await mirror.put(FEEDBACK, shelf.a_feedback())
    await write(lambda: Change.objects.all().delete())
    said = await _says("mirror", "--rebuild")
    assert "FAILED Nothing was written" in said
    assert "12 in feedback-messages" in said
    assert "import_tables" in said
    assert len(await mirror.items(FEEDBACK)) == 12


@pytest.mark.parametrize(("option", "left"), [("--keep-foreign", 13), ("--delete-foreign", 1)])
async def test_foreign_items_are_kept_or_deleted_as_said(
    mirror: Mirror, option: str, left: int
) -> None:
    put_foreign(mirror, 12)
    await mirror.put(FEEDBACK, shelf.a_feedback())
    assert "FAILED" not in await _says("create_tables")
    assert "FAILED" not in await _says("mirror", "--rebuild", option)
    assert len(await mirror.items(FEEDBACK)) == left
    assert "0 differences, 0 with" in await _says("mirror", "--verify")


async def test_what_a_release_before_the_mark_wrote_is_ours(mirror: Mirror) -> None:
    records = shelf.some_connections(3)
    await mirror.put(CONNECTIONS, *records)
    await mirror.remove(CONNECTIONS, ("c2",))
    for record in records:
        item = {
            name: {"N": str(value)} if name == "ttl" else {"S": str(value)}
            for name, value in CONNECTIONS.item(record).items()
            if name != "mirrored_by"
        }
        mirror.client.put_item(TableName=mirror.name(CONNECTIONS), Item=item)
    said = await _says("mirror", "--verify")
    assert "0 differences, 1 with a change on its way" in said
    assert "never ours" not in said
    assert "FAILED" not in await _says("mirror", "--rebuild")
    assert len(await mirror.items(CONNECTIONS)) == 2


async def test_what_of_foreign_items_is_said_with_a_rebuild_only(mirror: Mirror) -> None:
    assert "go with --rebuild" in await _says("mirror", "--verify", "--keep-foreign")


async def test_where_a_record_is_refused_nobody_is_sent_in_circles(
    mirror: Mirror, relaying: Relaying
) -> None:
    await mirror.put(SESSIONS, shelf.a_session(progress=float("nan")))
    async with relaying():
        await mirror.is_drained()
    said = await _says("mirror", "--verify")
    assert "practice-sessions student@example.com session_123" in said
    assert "--rebuild` mends" not in said
    for words in ("--verify", "--status", "--rebuild"):
        said = await _says("mirror", words)
        assert "the end of its lifetime" in said, words
    assert "--status` names each" in (await read(mirror_health)).trouble


async def test_a_take_over_tries_again_what_was_refused(
    mirror: Mirror, records: dict[str, Any], relaying: Relaying
) -> None:
    records[SESSIONS.name].broken = {("student@example.com", "session_123")}
    await mirror.put(SESSIONS, shelf.a_session())
    async with relaying():
        await mirror.is_drained()
    assert (await read(mirror_health)).set_aside == 1
    records[SESSIONS.name].broken = set()
    async with relaying():
        await mirror.is_complete()
    assert (await read(mirror_health)).set_aside == 0


async def test_a_rebuild_settles_what_was_refused_and_is_gone(
    mirror: Mirror, relaying: Relaying
) -> None:
    await mirror.put(SESSIONS, shelf.a_session(progress=float("nan")))
    async with relaying():
        await mirror.is_drained()
    await mirror.remove(SESSIONS, ("student@example.com", "session_123"))
    await write(lambda: Change.objects.filter(set_aside_at=None).delete())
    assert "FAILED" not in await _says("mirror", "--rebuild")
    assert (await read(mirror_health)).set_aside == 0
