"""Whom a tutor has looked after today: time in class and feedback of each student."""

from typing import NamedTuple

from realtime.history.day_ranges import DayRange
from realtime.history.selectors import Person, people_of, reckoned, stays_within
from realtime.protocol.server_messages import LastFeedback
from realtime.sockets.message_source import messages
from speaktracker.clock import now
from speaktracker.roster.loans.selectors import lent_to
from speaktracker.school_days import today


class CoveredStudent(NamedTuple):
    """A student, the time they were in class today, and what this tutor gave them."""

    person: Person
    in_class: bool
    in_class_seconds: int
    last_feedback: LastFeedback | None
    feedback_today: int


def coverage(tutor_id: int) -> list[CoveredStudent]:
    """Show each student of a tutor; who was here longest without feedback comes first."""
    people, day, moment = people_of(tutor_id), DayRange(today(), today()), now()
    seconds = dict.fromkeys(people, 0.0)
    here: set[int] = set()
    for stay in stays_within(people, day):
        part = reckoned(stay, moment, day)
        seconds[stay.student_id] += (part.ended_at - part.came_at).total_seconds()
        if part.goes_on:
            here.add(stay.student_id)
    source = messages()
    last = source.last_given(tutor_id, lent_to(tutor_id)) if source else {}
    counts = source.given_count(tutor_id, day.begins_at) if source else {}
    covered = [
        CoveredStudent(person, pk in here, round(seconds[pk]), last.get(pk), counts.get(pk, 0))
        for pk, person in people.items()
    ]
    return sorted(covered, key=lambda one: (one.feedback_today, -one.in_class_seconds))
