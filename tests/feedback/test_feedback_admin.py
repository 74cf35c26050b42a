"""What staff read of feedback: the words that tutors read, and no more than is known."""

import pytest
from django.test import Client

from feedback import states, store
from feedback.models import Feedback, State
from feedback.validation import Draft
from speaktracker.roster.models import User
from speaktracker.roster.services import assign_tutor

PAGE = "/admin/feedback/feedback/"


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    """A page of staff who may look at everything."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(User.objects.create_superuser("head@example.com", "x"))
    return client


@pytest.fixture
def feedback(db: None) -> dict[str, Feedback]:
    """One of each: queued, written to a connection, acknowledged, and seen."""
    student = User.objects.create_user("student@example.com", user_type="student")
    tutor = User.objects.create_user("tutor@example.com", user_type="tutor")
    assign_tutor(student, tutor)
    names = ("queued", "sent", "delivered", "seen")
    rows = {n: store.store(tutor.pk, Draft(student.email, "s", n, "text")).row for n in names}
    states.confirm(student.pk, [str(rows[name].message_id) for name in names[1:]])
    for name in names[2:]:
        states.acknowledge(student.pk, [str(rows[name].message_id)], State(name))
    return rows


@pytest.mark.parametrize("word", ["queued", "sent", "delivered", "seen"])
def test_staff_find_feedback_by_the_word_they_read(
    staff: Client, feedback: dict[str, Feedback], word: str
) -> None:
    found = staff.get(PAGE, {"state": word})
    assert [row.message for row in found.context["cl"].queryset] == [word]
    assert f'<td class="field-how_far">{word}</td>' in found.content.decode()


def test_a_word_that_is_none_selects_nothing_away(
    staff: Client, feedback: dict[str, Feedback]
) -> None:
    assert staff.get(PAGE, {"state": "lost"}).context["cl"].queryset.count() == 4


def test_the_page_of_one_says_when_it_was_sent(
    staff: Client, feedback: dict[str, Feedback]
) -> None:
    page = staff.get(f"{PAGE}{feedback['sent'].pk}/change/").content.decode()
    assert ">sent<" in page
    assert "delivered" not in page
