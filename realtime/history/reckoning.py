"""How long a student did what in a stay in class, and how much: plain Python, no database.

A stay is cut into spans in which nothing changed; what was done in one session of it is a row of
attendance. docs/decisions/class-history.md has the rules in words.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

# Feedback that names a session counts for it so long after its student left.
LATE_FEEDBACK = timedelta(hours=1)
WHOLE = 100


class StateChange(NamedTuple):
    """What a student did from `at` on; `done` is None where their client does not count."""

    at: datetime
    status: str
    session_id: str = ""
    sentence: str = ""
    progress: float = 0
    skipped: int = 0
    done: int | None = None


class SessionState(NamedTuple):
    """How far a practice session had come by its last report, at `at`."""

    started_at: datetime
    at: datetime
    progress: float = 0
    skipped: int = 0
    done: int | None = None


class Span(NamedTuple):
    """A time in which one thing was done."""

    began_at: datetime
    ended_at: datetime
    change: StateChange

    @property
    def seconds(self) -> float:
        """Tell how long it lasted."""
        return (self.ended_at - self.began_at).total_seconds()


class SessionRow(NamedTuple):
    """What was done in one session of one stay; `left_at` is None while it goes on."""

    session_id: str
    came_at: datetime
    left_at: datetime | None
    active_seconds: int
    idle_seconds: int
    paused_seconds: int
    sentences: int


class Given(NamedTuple):
    """One feedback: when it was given, and for which session."""

    at: datetime
    session_id: str


class ReckonedStay(NamedTuple):
    """A stay, or the part of it that counts; still under way at `ended_at` where it `goes_on`."""

    came_at: datetime
    ended_at: datetime
    goes_on: bool = False


IDLE = StateChange(datetime.min.replace(tzinfo=UTC), "idle")


def spans_of(stay: ReckonedStay, changes: Sequence[StateChange]) -> list[Span]:
    """Cut a stay into spans; `changes` are its student's, in order, earlier ones included."""
    doing, at = IDLE, stay.came_at
    spans: list[Span] = []
    for change in changes:
        if change.at >= stay.ended_at:
            break
        if change.at > at:
            spans.append(Span(at, change.at, doing))
            at = change.at
        doing = change
    if at < stay.ended_at:
        spans.append(Span(at, stay.ended_at, doing))
    return spans


def rows_of(
    stay: ReckonedStay, changes: Sequence[StateChange], states: Mapping[str, SessionState]
) -> list[SessionRow]:
    """Reckon each session of a stay, in order; there is one row at least.

    `states` are the practice sessions by their ids. What comes before the first report of the stay
    is of the first session.
    """
    within = [change for change in changes if stay.came_at <= change.at <= stay.ended_at]
    first = next((change.session_id for change in within if change.session_id), "")
    spans: dict[str, list[Span]] = {}
    for span in spans_of(stay, changes):
        spans.setdefault(span.change.session_id or first, []).append(span)
    return [
        _row(stay, session_id, own, _sentences(stay, session_id, changes, states.get(session_id)))
        for session_id, own in (spans or {first: []}).items()
    ]


def feedback_of(
    rows: Sequence[SessionRow], given: Sequence[Given], next_came_at: datetime | None
) -> list[int]:
    """Count the feedback of each row of a stay, before its student came again.

    What names a session of the stay counts for that; other feedback for the session under way.
    """
    counts = [0] * len(rows)
    ends = [row.left_at for row in rows]
    left_at = None if None in ends else max(end for end in ends if end)
    for at, session_id in given:
        begun = [number for number, row in enumerate(rows) if row.came_at <= at]
        if not begun or (next_came_at and at >= next_came_at):
            continue
        named = [number for number in begun if rows[number].session_id == session_id]
        if left_at is None or at <= left_at + (LATE_FEEDBACK if named else timedelta()):
            counts[(named or begun)[-1]] += 1
    return counts


def _row(stay: ReckonedStay, session_id: str, spans: Sequence[Span], sentences: int) -> SessionRow:
    seconds: dict[str, float] = defaultdict(float)
    for span in spans:
        status = span.change.status
        seconds[status if status in ("studying", "paused") else "idle"] += span.seconds
    ended_at = spans[-1].ended_at if spans else stay.ended_at
    return SessionRow(
        session_id,
        spans[0].began_at if spans else stay.came_at,
        None if stay.goes_on and ended_at == stay.ended_at else ended_at,
        round(seconds["studying"]),
        round(seconds["idle"]),
        round(seconds["paused"]),
        sentences,
    )


def _sentences(
    stay: ReckonedStay, session_id: str, changes: Sequence[StateChange], state: SessionState | None
) -> int:
    """Count what was done of a session in a stay: by its client's count, else by the sentences."""
    own = [change for change in changes if change.session_id == session_id]
    within = [change for change in own if stay.came_at <= change.at <= stay.ended_at]
    before = next((change for change in reversed(own) if change.at < stay.came_at), None)
    if not within and before is None:
        return 0
    began_here = before is None and (state is None or state.started_at >= stay.came_at)
    begun = before or (StateChange(stay.came_at, "", done=0) if began_here else within[0])
    last: StateChange | SessionState = within[-1] if within else begun
    if state and stay.came_at <= state.at <= stay.ended_at:
        last = state
    if last.done is not None:
        return max(0, last.done - (begun.done or 0))
    passed = sum(1 for _ in _passed(begun, within))
    is_whole = last.progress >= WHOLE > begun.progress or _skipped_in_place(within)
    return max(0, passed + is_whole - (last.skipped - begun.skipped))


def _passed(begun: StateChange, within: Sequence[StateChange]) -> Iterator[str]:
    """List each sentence that was left for another one, or for the end, once."""
    current = begun.sentence
    seen: set[str] = set()
    for change in within:
        # A client that pauses need not say at what.
        if change.sentence == current or not (change.sentence or change.status == "finished"):
            continue
        if current and current not in seen:
            seen.add(current)
            yield current
        current = change.sentence


def _skipped_in_place(within: Sequence[StateChange]) -> bool:
    """Tell whether the last sentence was skipped: there was none to go on to."""
    if len(within) < 2:
        return False
    before, last = within[-2:]
    return last.skipped > before.skipped and last.sentence == before.sentence
