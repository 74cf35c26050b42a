"""One student's day as a page shows it: the picture, the same as a table, and the sums."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from realtime.history.day_ranges import DayRange
from realtime.history.reckoning import Span, rows_of, spans_of
from realtime.history.selectors import Person, read_records, reckoned, stays_within
from realtime.history.timeline import Picture, picture_of
from realtime.models import ClassStay
from speaktracker.clock import now

# A day of one student that nobody reads to its end.
MOST_LINES = 2_000


class Line(NamedTuple):
    """A line of the table: what was done from `at` to `until`, or what happened `at`."""

    at: datetime
    until: datetime | None
    event: str
    status: str = ""
    sentence: str = ""


class Sums(NamedTuple):
    """What a day came to."""

    in_class: int
    active: int
    idle: int
    paused: int
    sentences: int
    feedback: int


class StudentDay(NamedTuple):
    """A student's day."""

    day: date
    picture: Picture | None
    lines: list[Line]
    sums: Sums


def student_day(person: Person, day: date) -> StudentDay:
    """Read what a student did on a day."""
    days, moment = DayRange(day, day), now()
    people = {person.student_id: person}
    stays = stays_within(people, days)
    since = min([days.begins_at, *(stay.came_at for stay in stays)])
    records = read_records([person.student_id], since, days.ends_at)
    given = [one.at for one in records.given[person.student_id]]
    given = [at for at in given if days.begins_at <= at < days.ends_at]
    spans: list[Span] = []
    lines: list[Line] = []
    sums = [0, 0, 0, 0]
    for stay in stays:
        part = reckoned(stay, moment, days)
        changes = records.changes_of(person.student_id, part)
        own = spans_of(part, changes)
        spans += own
        lines += _lines_of(stay, own, days)
        for row in rows_of(part, changes, records.states[person.student_id]):
            counts = (row.active_seconds, row.idle_seconds, row.paused_seconds, row.sentences)
            sums = [one + other for one, other in zip(sums, counts, strict=True)]
    lines += [Line(at, None, "feedback") for at in given]
    lines.sort(key=lambda line: line.at)
    active, idle, paused, sentences = sums
    whole = Sums(active + idle + paused, active, idle, paused, sentences, len(given))
    return StudentDay(day, picture_of(spans, given, days.begins_at), lines[:MOST_LINES], whole)


def _lines_of(stay: ClassStay, spans: Sequence[Span], days: DayRange) -> list[Line]:
    lines = [
        Line(span.began_at, span.ended_at, "state", span.change.status, span.change.sentence)
        for span in spans
    ]
    if stay.came_at >= days.begins_at:
        lines.insert(0, Line(stay.came_at, None, "came"))
    if stay.left_at and stay.left_at < days.ends_at:
        lines.append(Line(stay.left_at, None, "left", stay.reason))
    return lines
