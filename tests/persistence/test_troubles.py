"""What keeps a table from being mirrored is told once, and is never the database's own outage."""

import asyncio
from typing import Any

import pytest
from django.db import OperationalError

from speaktracker.clock import now
from speaktracker.persistence.models import RelayLease
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.relay_lease import RelayLeaseHolder
from speaktracker.persistence.relay.troubles import Troubles
from tests.persistence.conftest import QUICK, Relaying

pytestmark = pytest.mark.django_db(transaction=True)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.error for record in caplog.records if hasattr(record, "error")]


async def test_another_figure_or_another_table_is_no_other_trouble(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lease = RelayLeaseHolder(QUICK)
    await RelayLease.objects.acreate(name=lease.name, owner=lease.owner, expires_at=now())
    troubles = Troubles(lease)
    for trouble in ("The clock is 600 s off.", "The clock is 601 s off.", "", "It is 7 s off."):
        await troubles.report("feedback", trouble)
    await troubles.report("sessions", "It is 8 s off.")
    assert told(caplog) == ["The clock is 600 s off.", "It is 7 s off."]
    assert (await RelayLease.objects.aget()).error == "It is 8 s off."
    for table in ("feedback", "sessions"):
        await troubles.report(table, "")
    assert (await RelayLease.objects.aget()).error == ""
    await troubles.report("sessions", "It is 9 s off.")
    assert told(caplog)[2:] == ["It is 9 s off."]


@pytest.mark.usefixtures("records")
async def test_a_database_that_is_away_is_no_trouble_of_the_store(
    aws: Any,
    relaying: Relaying,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def away(*_: Any) -> Any:
        loop.call_soon_threadsafe(asked.set)
        raise OperationalError("No space left on device")

    monkeypatch.setattr(backlog, "due", away)
    async with relaying(), asyncio.timeout(10):
        for _ in range(2):  # the second turn begins when the first has said what it has to say
            await asked.wait()
            asked.clear()
    assert not told(caplog)
