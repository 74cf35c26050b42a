"""Under a normal load the mirror is current."""

import asyncio
import time

import pytest

from speaktracker.db.threads import read
from speaktracker.persistence.models import Change
from speaktracker.persistence.relay.timing import Timing
from speaktracker.persistence.tables import CONNECTIONS, FEEDBACK
from tests.persistence import shelf
from tests.persistence.conftest import Relaying
from tests.persistence.mirror import Mirror


def _waits() -> list[float]:
    """Measure each change from its commit to the store's answer, in seconds, in growing order."""
    rows = Change.objects.filter(done_at__isnull=False).values_list("changed_at", "done_at")
    return sorted((done - changed).total_seconds() for changed, done in rows if done)


async def _put_for(mirror: Mirror, seconds: float, rate: float) -> None:
    """Commit single changes at an even rate, half connections and half feedback."""
    start = time.monotonic()
    for number in range(int(seconds * rate)):
        await asyncio.sleep(max(0.0, start + number / rate - time.monotonic()))
        if number % 2:
            await mirror.put(CONNECTIONS, shelf.a_connection(f"c{number}"))
        else:
            await mirror.put(FEEDBACK, shelf.a_feedback(session_id=f"s{number}"))


async def test_an_even_load_arrives_in_batches(mirror: Mirror, relaying: Relaying) -> None:
    async with relaying(Timing()):
        await _put_for(mirror, seconds=1, rate=100)
        await mirror.is_complete()
    assert len(await read(_waits)) == 100


@pytest.mark.soak
async def test_nineteen_of_twenty_changes_arrive_within_a_second_at_200_a_second(
    mirror: Mirror, relaying: Relaying
) -> None:
    async with relaying(Timing()):
        await _put_for(mirror, seconds=30, rate=200)
        await mirror.is_complete()
    waits = await read(_waits)
    assert waits[len(waits) * 95 // 100] < 1, f"median {waits[len(waits) // 2]:.3f} s"
