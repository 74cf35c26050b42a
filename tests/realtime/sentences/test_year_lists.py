"""What a group was given ends with its year, and comes back with it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from realtime.models import SentenceAssignment
from realtime.sentences.models import school_day
from realtime.sentences.selectors import lists_in_force
from realtime.sentences.services import purge_ended_assignments
from speaktracker.clock import now
from speaktracker.roster.models import TutorStudent, User, YearEnd
from speaktracker.roster.services import assign_many
from speaktracker.roster.year_end.services import Ending, end_year, undo_year_end
from tests.realtime.sentences.conftest import MakeList, give

DAY = timedelta(days=1)
MakePupil = Callable[[str, str], User]


@pytest.fixture
def pupil(db: None) -> MakePupil:
    """Make a student of a name in a group."""
    tutor = User.objects.create_user("t@example.com", user_type="tutor")

    def make(name: str, group: str) -> User:
        made = User.objects.create_user(f"{name}@example.com", user_type="student")
        assign_many({made.pk: tutor.pk}, {made.pk: group})
        return made

    return make


def titles(student: User, day: date | None = None) -> list[str]:
    lists = lists_in_force(student.pk, day or school_day())
    return [one.title for one in lists if one.first_day]


def ended(*students: User) -> YearEnd:
    return end_year([student.pk for student in students], Ending())


def test_who_gets_the_groups_name_next_begins_anew(pupil: MakePupil, make_list: MakeList) -> None:
    give(make_list("Last year's"), school_day() - 9 * DAY, group="3A")
    give(make_list("Today's"), group="3A")
    give(make_list("Prepared"), school_day() + DAY, group="3A")
    give(make_list("Everyone's"), school_day() - DAY)
    old = pupil("old", "3A")
    assert titles(old) == ["Today's", "Last year's", "Everyone's"]
    ended(old)
    new = pupil("new", "3A")
    assert titles(new) == ["Everyone's"]
    assert titles(new, school_day() + DAY) == ["Prepared", "Everyone's"]


def test_undone_each_has_its_last_day_again(pupil: MakePupil, make_list: MakeList) -> None:
    today = school_day()
    for title, last_day in (("Without end", None), ("Until then", today + DAY)):
        give(make_list(title), today - DAY, group="3A", last_day=last_day)
    give(make_list("Over already"), today - 9 * DAY, group="3A", last_day=today - DAY)
    before = sorted(SentenceAssignment.objects.values_list("pk", "first_day", "last_day"))
    one = pupil("one", "3A")
    year_end = ended(one)
    assert titles(one) == []
    undo_year_end(year_end.pk)
    assert sorted(SentenceAssignment.objects.values_list("pk", "first_day", "last_day")) == before
    assert titles(one) == ["Until then", "Without end"]


def test_a_group_that_somebody_stays_in_keeps_its_lists(
    pupil: MakePupil, make_list: MakeList
) -> None:
    give(make_list(), group="3A")
    one, two = pupil("one", "3A"), pupil("two", "3A")
    first = ended(one)
    assert titles(two) == ["Travelling"]
    ended(two)
    undo_year_end(first.pk)  # with its first student the group is there again
    assert titles(one) == ["Travelling"]


def test_what_ended_with_a_year_is_kept_while_that_can_be_undone(
    pupil: MakePupil, make_list: MakeList
) -> None:
    given = give(make_list(), school_day() - 90 * DAY, group="3A")
    year_end = ended(pupil("one", "3A"))
    SentenceAssignment.objects.filter(pk=given.pk).update(last_day=school_day() - 60 * DAY)
    assert not purge_ended_assignments()
    assert SentenceAssignment.objects.exists()
    YearEnd.objects.filter(pk=year_end.pk).update(due_at=now())
    assert not purge_ended_assignments()
    assert not SentenceAssignment.objects.exists()


def test_edited_it_is_as_its_days_say(pupil: MakePupil, make_list: MakeList) -> None:
    given = give(make_list(), group="3A")
    ended(pupil("one", "3A"))
    given.refresh_from_db()
    assert given.last_day == school_day()
    given.clean()
    given.save()
    assert titles(pupil("two", "3A")) == ["Travelling"]
    assert TutorStudent.objects.count() == 1
