"""Quick replies over the API: the school's and each tutor's own."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from feedback.models import OwnQuickReply, SchoolQuickReply
from feedback.quick_replies.services import seed_examples
from realtime.protocol.wire_limits import QUICK_REPLIES, QUICK_REPLY_LENGTH
from speaktracker.roster.models import User
from tests.api.conftest import SignedIn, api, signed_in, tutor  # noqa: F401 - fixtures

PATH = "/api/tutor/quick-replies"
pytestmark = pytest.mark.django_db


@pytest.fixture
def own(signed_in: SignedIn, tutor: User) -> APIClient:  # noqa: F811 - fixtures
    """The tutor's client."""
    return signed_in(tutor)


def offered(client: APIClient, **headers: str) -> list[tuple[str, bool]]:
    """List what a tutor is offered, and whether it is their own."""
    results = client.get(PATH, **headers).json()["results"]  # type: ignore[arg-type]
    return [(reply["text"], reply["is_own"]) for reply in results]


def keep(client: APIClient, text: Any) -> Any:
    return client.post(PATH, {"text": text})


def test_a_tutor_keeps_a_text_once(own: APIClient) -> None:
    answers = [keep(own, "Well done, {name}!") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert offered(own) == [("Well done, {name}!", True)]


def test_the_schools_come_after_ones_own_in_the_language_that_is_read(own: APIClient) -> None:
    SchoolQuickReply.objects.create(text_ko="둘째", text_en="Second", position=2)
    SchoolQuickReply.objects.create(text_ko="첫째", text_en="First", position=1)
    keep(own, "Mine")
    assert offered(own) == [("Mine", True), ("First", False), ("Second", False)]
    assert offered(own, HTTP_ACCEPT_LANGUAGE="ko")[1:] == [("첫째", False), ("둘째", False)]


def test_a_tutor_rewords_and_deletes_their_own(own: APIClient) -> None:
    path = f"{PATH}/{keep(own, 'Befor').json()['id']}"
    assert own.patch(path, {"text": "Before"}).json()["text"] == "Before"
    assert own.delete(path).status_code == 204
    assert (own.delete(path).status_code, offered(own)) == (404, [])


def test_what_is_another_tutors_or_the_schools_is_not_there(own: APIClient) -> None:
    other = User.objects.create_user("other@example.com", user_type="tutor")
    theirs = OwnQuickReply.objects.create(tutor=other, text="Theirs")
    schools = SchoolQuickReply.objects.create(text_ko="학교", text_en="School")
    for pk in (theirs.pk, schools.pk + 1_000, 10**30):
        assert own.patch(f"{PATH}/{pk}", {"text": "Mine"}).status_code == 404
        assert own.delete(f"{PATH}/{pk}").status_code == 404
    assert offered(own) == [("School", False)]


@pytest.mark.parametrize(
    "text", ["", "  ", "x" * (QUICK_REPLY_LENGTH + 1), 5, None, ["x"]], ids=repr
)
def test_what_is_no_text_of_some_length_is_refused_at_its_field(own: APIClient, text: Any) -> None:
    answer = keep(own, text)
    assert (answer.status_code, [*answer.json()], offered(own)) == (400, ["text"], [])


def test_two_of_the_same_text_are_not_made_by_rewording(own: APIClient) -> None:
    keep(own, "One")
    path = f"{PATH}/{keep(own, 'Two').json()['id']}"
    assert own.patch(path, {"text": "Two"}).status_code == 200
    answer = own.patch(path, {"text": "One"})
    assert (answer.status_code, [*answer.json()]) == (400, ["text"])


def test_a_tutor_keeps_no_more_than_can_be_overlooked(own: APIClient, tutor: User) -> None:  # noqa: F811
    OwnQuickReply.objects.bulk_create(
        OwnQuickReply(tutor=tutor, text=str(number)) for number in range(QUICK_REPLIES)
    )
    answer = keep(own, "One more")
    assert (answer.status_code, len(offered(own))) == (400, QUICK_REPLIES)
    assert str(QUICK_REPLIES) in answer.json()["text"][0]


def test_however_many_there_are_two_queries_read_them(own: APIClient) -> None:
    seed_examples()
    own.get(PATH)
    with CaptureQueriesContext(connection) as queries:
        own.get(PATH)
    read = [query["sql"] for query in queries if "quickreply" in query["sql"]]
    assert len(read) == 2


def test_the_demo_offers_some_once(own: APIClient) -> None:
    assert (seed_examples(), seed_examples(), len(offered(own))) == (3, 0, 3)


def test_the_text_goes_with_its_tutor(own: APIClient, tutor: User) -> None:  # noqa: F811
    keep(own, "Mine")
    tutor.delete()
    assert not OwnQuickReply.objects.exists()
