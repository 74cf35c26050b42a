"""An outage of Redis is told when it begins and when it ends, whatever is said meanwhile."""

import pytest

from realtime.broadcast import unpublished_events as module
from realtime.broadcast.unpublished_events import UnpublishedEvents


def test_the_first_and_the_last_are_told_with_a_count_between(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outage = UnpublishedEvents()
    outage.over()
    for _ in range(1_200):
        outage.met("connection refused")
    outage.over()
    outage.over()
    first, last = (record.getMessage() for record in caplog.records)
    assert first == "Other processes do not get what happens here: connection refused"
    assert last.endswith("1200 stayed here.")
    assert not outage.is_on


def test_a_long_outage_is_told_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REMIND_SECONDS", 0)
    outage = UnpublishedEvents()
    outage.met("away")
    outage.met("hangs")
    assert "2 so far: hangs" in caplog.records[-1].getMessage()
