"""A duty visits who is due, each once, and nobody who is due no more."""

import math

import pytest

from speaktracker.transport.due_list import DueList


@pytest.fixture
def due() -> DueList[str]:
    return DueList(0.5)


def test_who_is_due_is_taken_once(due: DueList[str]) -> None:
    due.plan("early", 1.1)
    due.plan("late", 1.4)
    assert due.take(1.0) == []
    assert due.take(1.2) == ["early"]
    assert due.take(9.0) == ["late"]
    assert due.take(9.0) == []


def test_the_latest_plan_counts(due: DueList[str]) -> None:
    due.plan("a", 1.0)
    due.plan("a", 3.0)
    assert due.take(2.0) == []
    due.plan("a", 2.5)
    assert due.take(2.9) == ["a"]


def test_who_is_dropped_or_due_never_is_not_taken(due: DueList[str]) -> None:
    due.plan("a", 1.0)
    due.drop("a")
    due.drop("a")
    due.plan("b", 1.0)
    due.plan("b", math.inf)
    assert due.take(5.0) == []
