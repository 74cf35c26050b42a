"""The picture of a day, in per cent of its width."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from realtime.history.reckoning import Span, StateChange
from realtime.history.timeline import MOST_LABELS, picture_of

MIDNIGHT = datetime(2026, 1, 14, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return MIDNIGHT + timedelta(minutes=minutes)


def span(start: float, end: float, status: str = "studying", sentence: str = "A") -> Span:
    return Span(at(start), at(end), StateChange(at(start), status, "s", sentence))


def test_states_stand_where_they_were_and_neighbours_are_one_band() -> None:
    spans = [span(600, 630), span(630, 645, sentence="B"), span(645, 660, "paused", "B")]
    picture = picture_of(spans, [at(615)], MIDNIGHT)
    assert picture is not None
    assert [(band.x, band.width, band.status) for band in picture.bands] == [
        ("0.000%", "75.000%", "studying"),
        ("75.000%", "25.000%", "paused"),
    ]
    assert picture.sentences == ["0.000%", "50.000%"]
    assert picture.feedback == ["25.000%"]
    assert (picture.labels[0].at, picture.labels[-1].at) == (at(600), at(660))


def test_a_day_without_anything_has_no_picture() -> None:
    assert picture_of([], [], MIDNIGHT) is None


@given(st.lists(st.integers(0, 24 * 60), min_size=2, max_size=20), st.integers(0, 24 * 60))
def test_everything_is_inside_and_labels_are_few(moments: list[int], feedback: int) -> None:
    times = sorted(moments)
    spans = [span(a, b) for a, b in pairwise(times) if a < b]
    picture = picture_of(spans, [at(feedback)], MIDNIGHT)
    assert picture is not None
    assert 2 <= len(picture.labels) <= MOST_LABELS + 1
    places = [float(x[:-1]) for x in (*picture.sentences, *picture.feedback)]
    places += [float(band.x[:-1]) + float(band.width[:-1]) for band in picture.bands]
    assert all(-0.01 <= place <= 100.01 for place in places)
