"""Time on the wire, and text in its one form, against the plain way of writing both."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

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


def test_now_stands_on_a_whole_millisecond_and_keeps_time() -> None:
    for _ in range(1_000):
        before, found, after = datetime.now(UTC), now(), datetime.now(UTC)
        assert found.microsecond % 1_000 == 0
        assert before - timedelta(milliseconds=1) < found <= after


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_text_is_nfc_without_control_characters(text: str) -> None:
    kept = re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", text)
    assert normal_text(text) == unicodedata.normalize("NFC", kept)
