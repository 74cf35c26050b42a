"""The picture of a day: where what stands on it, in per cent of its width. Plain Python."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from realtime.history.reckoning import Span

# Labels that stand beside each other on a phone, too.
MOST_LABELS = 6
STEPS = tuple(
    timedelta(minutes=minutes) for minutes in (5, 10, 15, 30, 60, 120, 180, 240, 360, 720)
)
LEFT, MIDDLE, RIGHT = "start", "middle", "end"


class Label(NamedTuple):
    """A moment on the axis; its text stands at one side of it, or under it."""

    x: str
    at: datetime
    side: str


class Band(NamedTuple):
    """A state that lasted."""

    x: str
    width: str
    status: str
    began_at: datetime
    ended_at: datetime


class Picture(NamedTuple):
    """A day as it is drawn."""

    labels: Sequence[Label]
    bands: Sequence[Band]
    sentences: Sequence[str]
    feedback: Sequence[str]


def picture_of(
    spans: Sequence[Span], feedback: Iterable[datetime], midnight: datetime
) -> Picture | None:
    """Draw spans, in order, and the feedback of a day that begins at `midnight`; None: nothing."""
    given = sorted(feedback)
    moments = [*(span.began_at for span in spans), *(span.ended_at for span in spans), *given]
    if not moments:
        return None
    first, last = min(moments) - midnight, max(moments) - midnight
    step = next((step for step in STEPS if _count(first, last, step) <= MOST_LABELS), STEPS[-1])
    begin = midnight + first // step * step
    steps = max(1, -(-(last - first // step * step) // step))
    length = steps * step

    def place(moment: datetime) -> float:
        return 100 * ((moment - begin) / length)

    labels = [
        Label(_per_cent(100 * n / steps), begin + n * step, _side(n, steps))
        for n in range(steps + 1)
    ]
    bands = [
        Band(_per_cent(place(start)), _per_cent(place(end) - place(start)), status, start, end)
        for start, end, status in _merged(spans)
    ]
    follows = zip((None, *spans), spans, strict=False)
    begun = [span.began_at for before, span in follows if _begins(before, span)]
    return Picture(
        labels,
        bands,
        [_per_cent(place(moment)) for moment in begun],
        [_per_cent(place(moment)) for moment in given],
    )


def _count(first: timedelta, last: timedelta, step: timedelta) -> int:
    return -(-last // step) - first // step + 1


def _side(number: int, steps: int) -> str:
    if number == 0:
        return LEFT
    return RIGHT if number == steps else MIDDLE


def _per_cent(value: float) -> str:
    return f"{value:.3f}%"


def _begins(before: Span | None, span: Span) -> bool:
    sentence = span.change.sentence
    return bool(sentence) and (before is None or before.change.sentence != sentence)


def _merged(spans: Iterable[Span]) -> list[tuple[datetime, datetime, str]]:
    bands: list[tuple[datetime, datetime, str]] = []
    for span in spans:
        status = span.change.status
        status = status if status in ("studying", "paused") else "idle"
        if bands and bands[-1][1] == span.began_at and bands[-1][2] == status:
            bands[-1] = (bands[-1][0], span.ended_at, status)
        else:
            bands.append((span.began_at, span.ended_at, status))
    return bands
