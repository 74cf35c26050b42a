"""Lists of sentences, and a school that gives them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from realtime.models import Sentence, SentenceAssignment, SentenceList
from realtime.sentences.models import school_day
from speaktracker.roster.models import TutorStudent, User

MakeList = Callable[..., SentenceList]


def give(made: SentenceList, first_day: Any = None, **to: Any) -> SentenceAssignment:
    """Give a list to everyone, to `group` or to `student`, from today on unless it is said."""
    kind = next(iter({*to} & {"group", "student"}), "everyone")
    first_day = first_day or school_day()
    return SentenceAssignment.objects.create(
        sentence_list=made, given_to=kind, first_day=first_day, **to
    )


@pytest.fixture
def make_list(db: None) -> MakeList:
    """Make a list of a title with sentences `TEXT` or (`TEXT`, `TRANSLATION`)."""

    def make(title: str = "Travelling", *texts: str, language: str = "en") -> SentenceList:
        made = SentenceList.objects.create(title=title, language=language)
        Sentence.objects.bulk_create(
            Sentence(sentence_list=made, position=place, text=text, translation=f"{text} 번역")
            for place, text in enumerate(texts or ("Hello.", "Goodbye."), 1)
        )
        return made

    return make


@pytest.fixture
def student(db: None) -> User:
    """A student of group 3A."""
    tutor = User.objects.create_user("tutor@example.com", user_type="tutor")
    made = User.objects.create_user("student@example.com", user_type="student", name="민수")
    TutorStudent.objects.create(student=made, tutor=tutor, group="3A")
    return made


@pytest.fixture
def staff_page(client: Client, db: None) -> Client:
    """A superuser's client, which reads English."""
    client.force_login(User.objects.create_superuser("staff@example.com", "a long password"))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def texts_of(made: SentenceList) -> list[str]:
    """List the sentences of a list in their order."""
    return list(made.sentences.order_by("position").values_list("text", flat=True))
