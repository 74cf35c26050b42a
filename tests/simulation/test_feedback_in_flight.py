"""Feedback on its way."""

import pytest

from speaktracker.simulation.measurement.feedback_in_flight import FeedbackInFlight
from speaktracker.simulation.measurement.tally import FeedbackCounts, Tally

EMAIL = "student1@example.com"


@pytest.fixture
def counts() -> FeedbackCounts:
    return FeedbackCounts()


@pytest.fixture
def feedback(counts: FeedbackCounts) -> FeedbackInFlight:
    """Something was said at 1.0."""
    feedback = FeedbackInFlight(Tally(feedback=counts))
    feedback.give("Well said!", EMAIL, 1.0)
    return feedback


def test_feedback_arrives_once(feedback: FeedbackInFlight, counts: FeedbackCounts) -> None:
    feedback.arrive("Well said!", 1.2)
    feedback.take("Well said!")
    feedback.give_up(100.0, {EMAIL})
    assert (counts.delivered, counts.lost, feedback.waiting()) == (1, 0, 0)


def test_what_the_server_took_and_a_connected_student_never_had_is_lost(
    feedback: FeedbackInFlight, counts: FeedbackCounts
) -> None:
    feedback.take("Well said!")
    feedback.give_up(100.0, set())
    assert counts.lost == 0
    feedback.give_up(100.0, {EMAIL})
    assert counts.lost == 1


def test_what_the_server_never_answered_is_not_lost(
    feedback: FeedbackInFlight, counts: FeedbackCounts
) -> None:
    feedback.give_up(100.0, {EMAIL})
    assert (counts.lost, counts.unsettled) == (0, 1)


def test_what_is_refused_and_yet_received_is_told(
    feedback: FeedbackInFlight, counts: FeedbackCounts
) -> None:
    feedback.arrive("Well said!", 1.2)
    feedback.refuse("Well said!")
    assert (counts.refused, counts.refused_yet_delivered) == (1, 1)


def test_what_is_refused_is_not_expected(
    feedback: FeedbackInFlight, counts: FeedbackCounts
) -> None:
    feedback.refuse("Well said!")
    assert (counts.refused, counts.refused_yet_delivered, feedback.waiting()) == (1, 0, 0)
