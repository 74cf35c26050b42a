"""What a student is offered to practise, over the API and on the page."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from realtime.models import Sentence, SentenceAssignment, SentenceList
from realtime.sentences import models
from realtime.sentences.default_list import DEFAULT_SENTENCES
from realtime.sentences.demo_lists import seed_lists
from realtime.sentences.models import school_day
from realtime.sentences.selectors import lists_in_force
from realtime.sentences.services import purge_ended_assignments
from speaktracker.roster.erasure.services import erase_people
from speaktracker.roster.models import TutorStudent, User
from tests.api.conftest import SignedIn, api, signed_in  # noqa: F401 - fixtures
from tests.realtime.sentences.conftest import MakeList, give

PATH = "/api/student/sentences"
DAY = timedelta(days=1)


@pytest.fixture
def own(signed_in: SignedIn, student: User) -> APIClient:  # noqa: F811 - fixtures
    """The student's client."""
    return signed_in(student)


def titles(client: APIClient, **query: Any) -> list[str]:
    return [one["title"] for one in client.get(PATH, query).json()["lists"]]


def test_what_is_given_to_the_student_stands_first_then_the_groups_then_everyones(
    own: APIClient, student: User, make_list: MakeList
) -> None:
    give(make_list("Everyone's"))
    give(make_list("Another group's"), group="3B")
    give(make_list("The group's, older"), school_day() - DAY, group="3A")
    give(make_list("The group's"), group="3A")
    give(make_list("The student's"), school_day() - DAY, student=student)
    assert titles(own) == ["The student's", "The group's", "The group's, older", "Everyone's"]


def test_a_list_is_in_force_from_its_first_day_to_its_last_and_only_once(
    own: APIClient, make_list: MakeList
) -> None:
    today = school_day()
    give(make_list("Over"), today - 3 * DAY, last_day=today - DAY)
    give(make_list("To come"), today + DAY)
    give(make_list("Ends today"), today - DAY, last_day=today)
    twice = make_list("Twice")
    give(twice, group="3A")
    give(twice)
    assert titles(own) == ["Twice", "Ends today"]


@pytest.mark.parametrize(
    ("zone", "titled"), [("Asia/Seoul", "Second of March"), ("UTC", "First sentences")]
)
def test_days_begin_where_the_school_is(
    own: APIClient, make_list: MakeList, settings: Settings, zone: str, titled: str
) -> None:
    settings.TIME_ZONE = zone
    give(make_list("Second of March"), datetime(2026, 3, 2, tzinfo=UTC).date())
    evening = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)
    with patch.object(models, "now", lambda: evening):
        assert titles(own) == [titled]


def test_a_school_that_gives_nothing_offers_ten_sentences(
    own: APIClient, make_list: MakeList
) -> None:
    give(SentenceList.objects.create(title="Empty"))
    offer = own.get(PATH, HTTP_ACCEPT_LANGUAGE="ko").json()
    assert [(one["title"], one["id"]) for one in offer["lists"]] == [("첫걸음 문장", 0)]
    assert [one["text"] for one in offer["sentences"]] == [text for text, _ in DEFAULT_SENTENCES]


def test_the_first_list_comes_with_its_sentences_or_the_one_that_is_asked_for(
    own: APIClient, make_list: MakeList
) -> None:
    give(make_list("First", "One.", "Two."), group="3A")
    other = make_list("Second", "안녕하세요.", language="ko")
    Sentence.objects.filter(sentence_list=other).update(audio_url="https://localhost/a.mp3")
    give(other)
    first, second = own.get(PATH).json(), own.get(PATH, {"list": other.pk}).json()
    assert [one["text"] for one in first["sentences"]] == ["One.", "Two."]
    chosen = {"id": other.pk, "title": "Second", "language": "ko", "count": 1}
    more = {"given_to": "everyone", "first_day": school_day().isoformat()}
    assert second["chosen"] == {**chosen, **more}
    assert second["sentences"][0]["audio_url"] == "https://localhost/a.mp3"


def test_a_list_that_is_not_the_students_is_not_there(
    own: APIClient, student: User, make_list: MakeList
) -> None:
    given, theirs = make_list("Given"), make_list("Another's")
    give(given, student=student)
    other = User.objects.create_user("other@example.com", user_type="student")
    give(theirs, student=other)
    answers = [own.get(PATH, {"list": number}) for number in (theirs.pk, 0, 10**12)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert [own.get(PATH, {"list": bad}).status_code for bad in ("x", -1, 2**64)] == [400] * 3


def test_nothing_new_is_answered_with_304_until_something_changes(
    own: APIClient, make_list: MakeList
) -> None:
    made = make_list()
    give(made)
    answer = own.get(PATH)
    assert answer["Cache-Control"] == "private, no-cache"
    tag = answer["ETag"]
    again = own.get(PATH, HTTP_IF_NONE_MATCH=f'"other", W/{tag}')
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    made.sentences.filter(position=1).update(translation="다른 번역")
    assert own.get(PATH, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_a_page_brings_what_is_offered_and_keeps_it_nowhere(
    client: Client, student: User, make_list: MakeList
) -> None:
    give(make_list("</script><b>Bold</b>", "A & B."))
    client.force_login(student)
    page = client.get("/student/")
    found = re.search(r'<script id="offer" type="application/json">(.*?)</script>', page.text)
    assert found
    assert json.loads(found[1])["chosen"]["title"] == "</script><b>Bold</b>"
    assert "no-store" in client.get(PATH)["Cache-Control"]


def test_however_many_lists_there_are_two_queries_read_them(
    make_list: MakeList, own: APIClient, student: User, django_assert_num_queries: Any
) -> None:
    for number in range(60):
        give(make_list(f"List {number}"), group="3A")
    with django_assert_num_queries(1):
        assert len(lists_in_force(student.pk, school_day())) == 50
    own.get(PATH)
    counted: DjangoAssertNumQueries = django_assert_num_queries
    with counted(3):  # who calls, the lists, their sentences
        assert own.get(PATH).status_code == 200


def test_who_is_in_no_group_gets_what_is_everyones(make_list: MakeList, student: User) -> None:
    give(make_list("Everyone's"))
    give(make_list("The group's"), group="3A")
    TutorStudent.objects.update(group="")
    assert [one.title for one in lists_in_force(student.pk, school_day())] == ["Everyone's"]
    TutorStudent.objects.all().delete()
    assert [one.title for one in lists_in_force(student.pk, school_day())] == ["Everyone's"]


def test_what_is_given_to_a_student_alone_goes_with_the_student(
    make_list: MakeList, student: User
) -> None:
    give(make_list("Everyone's"))
    give(make_list("The student's"), student=student)
    erase_people([student.pk])
    assert [str(one) for one in SentenceAssignment.objects.all()] == ["Everyone's → 전체"]


def test_what_ended_long_ago_is_forgotten(make_list: MakeList) -> None:
    today = school_day()
    for ago in (31, 30, 0):
        give(make_list(f"{ago}"), today - 40 * DAY, last_day=today - ago * DAY)
    give(make_list("without end"), today - 400 * DAY)
    assert not purge_ended_assignments()
    left = SentenceAssignment.objects.values_list("sentence_list__title", flat=True)
    assert {*left} == {"30", "0", "without end"}


def test_the_demo_gives_three_lists_once(student: User, db: None) -> None:
    assert (seed_lists(), seed_lists()) == (3, 0)
    assert [one.title for one in lists_in_force(student.pk, school_day())] == [
        "영어 첫걸음",
        "여행 영어",
    ]
