"""Time on the wire, and text in its one form, against the plain way of writing both."""

import re
import time
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaktracker import clock
from speaktracker.clock import now, wire
from speaktracker.text import normal_text

MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - the zone is drawn beside it
    max_value=datetime(9000, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-3))]),
)


@given(MOMENTS, st.booleans())
def test_the_wire_has_milliseconds_and_z(moment: datetime, is_whole: bool) -> None:
    if is_whole:
        moment = moment.replace(microsecond=0)
    utc = moment.astimezone(UTC)
    expected = f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z"
    assert wire(moment) == expected


@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=6))
def test_what_is_dated_within_one_millisecond_has_its_moment_and_text(times: list[int]) -> None:
    start = 1_768_386_600_000_000
    for microseconds in times:
        moment = clock.at(start + microseconds)
        assert moment.timestamp() == (start + microseconds) // 1000 / 1000
        assert wire(moment) == f"2026-01-14T10:30:00.{microseconds // 1000:03}Z"


def test_now_stands_on_a_whole_millisecond_and_keeps_time() -> None:
    for _ in range(1_000):
        before, found, after = datetime.now(UTC), now(), datetime.now(UTC)
        assert found.microsecond % 1_000 == 0
        assert before - timedelta(milliseconds=1) < found <= after


@pytest.fixture
def clock_again() -> Iterator[None]:
    """The machine's own clock counts again afterwards."""
    yield
    clock.go_by(0)


@pytest.mark.usefixtures("clock_again")
@pytest.mark.parametrize(
    ("measured", "ahead"),
    [((0.9,), 0), ((300,), 300), ((-300, -300.2), -300), ((300, 301), 301), ((300, 0.9), 0)],
)
def test_a_clock_that_is_far_off_is_corrected(measured: tuple[float, ...], ahead: float) -> None:
    for seconds in measured:
        clock.go_by(seconds)
    before, later = time.time() + ahead, time.time() + ahead + 1
    assert before <= clock.epoch() < later
    assert before - 0.001 <= now().timestamp() < later
    version, moment = clock.stamp(0)
    assert before <= version / 1_000_000 < later
    assert moment.timestamp() == version // 1000 / 1000


@pytest.mark.usefixtures("clock_again")
def test_a_clock_that_is_off_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    for seconds in (300, 300.1, 299.9, 0, 0.1):
        clock.go_by(seconds)
    far, right = (record.getMessage() for record in caplog.records)
    assert "300.0 s behind the database's" in far
    assert "right again" in right


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_text_is_nfc_without_control_characters(text: str) -> None:
    kept = re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", text)
    assert normal_text(text) == unicodedata.normalize("NFC", kept)
