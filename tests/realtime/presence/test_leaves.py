"""Leaves whose grace has passed are carried out by whoever finds them, once, and nobody waits."""

from contextlib import closing
from datetime import timedelta

import pytest
from django.db import connection

from realtime.models import Presence
from realtime.presence import transitions
from realtime.presence.news import Announcement, News
from realtime.presence.presence_rows import next_leave
from speaktracker.clock import now
from speaktracker.roster.models import TutorStudent, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def leaving() -> list[int]:
    """Store three students in class whose leave is due."""
    people = [User.objects.create_user(f"s{at}@x.com", user_type="student") for at in range(3)]
    moment = now() - timedelta(seconds=5)
    for person in people:
        Presence.objects.create(
            student=person,
            online=True,
            in_class=True,
            status="studying",
            disconnected_at=moment,
            leave_due_at=moment,
        )
    return [person.pk for person in people]


def who(news: list[News]) -> list[int]:
    return sorted(one.change.student.student_id for one in news)  # type: ignore[union-attr]


def test_every_leave_is_carried_out_once(leaving: list[int]) -> None:
    assert (next_leave() or now()) < now()
    assert who(transitions.leave_overdue()) == leaving
    assert next_leave() is None
    assert transitions.leave_overdue() == []


def test_many_are_carried_out_some_at_a_time(
    leaving: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transitions, "LEAVES_TOGETHER", 2)
    first, second = transitions.leave_overdue(), transitions.leave_overdue()
    assert (len(first), who(first + second)) == (2, leaving)


def test_what_another_process_has_in_hand_is_not_waited_for(leaving: list[int]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    with closing(connection.copy()) as other, other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute(
            "SELECT 1 FROM realtime_presence WHERE student_id = %s FOR UPDATE", leaving[:1]
        )
        assert who(transitions.leave_overdue()) == leaving[1:]
        other.rollback()
    assert who(transitions.leave_overdue()) == leaving[:1]


def test_who_was_moved_while_nobody_held_them_leaves_whom_they_are_with_now(
    leaving: list[int],
) -> None:
    before, after = (User.objects.create_user(f"t{at}@x.com", user_type="tutor") for at in range(2))
    Presence.objects.filter(pk=leaving[0]).update(tutor=before)
    TutorStudent.objects.create(student_id=leaving[0], tutor=after, group="3A")
    told = [one for one in transitions.leave_overdue() if isinstance(one, Announcement)]
    theirs = [one for one in told if one.change.student.student_id == leaving[0]]
    assert [(one.tutor and one.tutor.user_id, one.change.action) for one in theirs] == [
        (before.pk, "student_left"),
        (after.pk, "student_joined"),
        (after.pk, "update"),
        (after.pk, "student_left"),
    ]
    assert theirs[-1].change.student.circumstances.group == "3A"
