"""A relay of the release before this one has the whole mirror, or nothing, beside those of this."""

import signal
from contextlib import ExitStack
from pathlib import Path

from django.db import connection

from speaktracker.db.threads import read, write
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.models import RelayLease
from speaktracker.persistence.records import as_text
from speaktracker.persistence.relay.share_division import NAME
from speaktracker.persistence.tables import CONNECTIONS
from tests.persistence import shelf
from tests.persistence.conftest import (  # noqa: F401 - fixtures
    Relaying,
    aws,
    engine_port,
    engine_ports,
    mirror,
    records,
    relaying,
)
from tests.persistence.mirror import Mirror, until
from tests.persistence.relays import relay_process


def queue_as_before(*keys: str) -> None:
    """Queue as the release before does, which names no share."""
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute(
                'INSERT INTO persistence_change ("table", key, changed_at, due_at, attempts, error)'
                " SELECT 'websocket-connections', %s, due_at, due_at, 0, ''"
                " FROM persistence_change ORDER BY id LIMIT 1",
                [key],
            )


def has_all(number: int) -> bool:
    """Tell whether a process has the mirror in the way of the release before."""
    return f":{number}:" in RelayLease.objects.get(name=NAME).owner


async def test_releases_take_turns_and_each_carries_over_what_the_other_queued(
    before: Path,
    mirror: Mirror,  # noqa: F811
    relaying: Relaying,  # noqa: F811
) -> None:
    await mirror.put(CONNECTIONS, *shelf.some_connections(20))
    with ExitStack() as processes:
        old = processes.enter_context(relay_process(before))
        await until(lambda: RelayLease.objects.exists() and has_all(old.pid))
        async with relaying() as one, relaying() as other:
            assert not await one._lease.claim()
            await mirror.put(CONNECTIONS, *shelf.some_connections(20, "beside"))
            await mirror.is_complete()
            assert str(old.pid) in (await read(mirror_health)).relay
            assert not one._lease.shares | other._lease.shares
            old.send_signal(signal.SIGKILL)
            await until(lambda: len(one._lease.shares) == len(other._lease.shares) == 30)
            again = processes.enter_context(relay_process(before))
            # A row of its own for a key that waits already, whose share another relay has.
            await mirror.put(CONNECTIONS, *shelf.some_connections(20, "waits"))
            texts = [as_text(key) for key in shelf.connection_keys(20, "waits")]
            await write(queue_as_before, *texts)
            await mirror.is_complete()
            assert not await read(has_all, again.pid)
        await until(lambda: has_all(again.pid))
        await mirror.put(CONNECTIONS, *shelf.some_connections(20, "after"))
        await mirror.is_complete()
