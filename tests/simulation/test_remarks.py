"""Feedback on its way."""

import pytest

from speaktracker.simulation.report.remarks import Remarks
from speaktracker.simulation.report.tally import FeedbackCounts, Tally

EMAIL = "student1@example.com"


@pytest.fixture
def counts() -> FeedbackCounts:
    return FeedbackCounts()


@pytest.fixture
def remarks(counts: FeedbackCounts) -> Remarks:
    """Something was said at 1.0."""
    remarks = Remarks(Tally(feedback=counts))
    remarks.give("Well said!", EMAIL, 1.0)
    return remarks


def test_feedback_arrives_once(remarks: Remarks, counts: FeedbackCounts) -> None:
    remarks.arrive("Well said!", 1.2)
    remarks.take("Well said!")
    remarks.give_up(100.0, {EMAIL})
    assert (counts.delivered, counts.lost, remarks.waiting()) == (1, 0, 0)


def test_what_the_server_took_and_a_connected_student_never_had_is_lost(
    remarks: Remarks, counts: FeedbackCounts
) -> None:
    remarks.take("Well said!")
    remarks.give_up(100.0, set())
    assert counts.lost == 0
    remarks.give_up(100.0, {EMAIL})
    assert counts.lost == 1


def test_what_the_server_never_answered_is_not_lost(
    remarks: Remarks, counts: FeedbackCounts
) -> None:
    remarks.give_up(100.0, {EMAIL})
    assert (counts.lost, counts.unsettled) == (0, 1)


def test_what_is_refused_and_yet_received_is_told(remarks: Remarks, counts: FeedbackCounts) -> None:
    remarks.arrive("Well said!", 1.2)
    remarks.refuse("Well said!")
    assert (counts.refused, counts.refused_yet_delivered) == (1, 1)


def test_what_is_refused_is_not_expected(remarks: Remarks, counts: FeedbackCounts) -> None:
    remarks.refuse("Well said!")
    assert (counts.refused, counts.refused_yet_delivered, remarks.waiting()) == (1, 0, 0)
