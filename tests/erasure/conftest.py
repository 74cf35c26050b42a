"""A child with a history wherever the product keeps one."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client

from feedback import store
from feedback.models import Feedback
from feedback.validation import Draft
from realtime.models import PracticeSession, Presence
from realtime.presence import locks
from speaktracker.auth import tickets
from speaktracker.clock import now
from speaktracker.cognito.models import PoolAccount
from speaktracker.passwords import services as passwords
from speaktracker.persistence.models import Change
from speaktracker.roster import services
from speaktracker.roster.models import TutorStudent, User
from tests.persistence.conftest import (  # noqa: F401 - fixtures
    aws,
    engine_port,
    engine_ports,
    relaying,
)
from tests.traces import traces_in_sql

ADDRESS, NAME = "haneul.walrus@example.com", "바다코끼리 하늘"
SENTENCE, MESSAGE = "The purple walrus sings", "Say walrus more slowly"
OF_CHILD = (ADDRESS, NAME, SENTENCE, MESSAGE)
TUTOR, TUTOR_NAME = "tutor.heron@example.com", "왜가리 선생"


@dataclass(frozen=True)
class School:
    """A child and a tutor with a history, another tutor, and a director who signed in."""

    child: User
    tutor: User
    other_tutor: User
    director: User

    def traces(self, *words: str) -> list[str]:
        """Search SQL."""
        return traces_in_sql(connection, words)


@pytest.fixture
def school(transactional_db: None) -> School:
    """Make the people and their history."""
    child = User.objects.create_user(ADDRESS, "a password", name=NAME, user_type="student")
    make = User.objects.create_user
    tutor = make(TUTOR, "a password", name=TUTOR_NAME, user_type="tutor")
    other_tutor = make("other@example.com", user_type="tutor")
    director = User.objects.create_superuser("director@example.com", "a password")
    made = School(child, tutor, other_tutor, director)
    services.assign_tutor(child, tutor)
    practise(made)
    sign_in(made)
    write_admin_log(made)
    return made


def practise(school: School) -> None:
    """Have the child practise and be given feedback."""
    child, tutor = school.child, school.tutor
    with transaction.atomic():
        locks.presences([child.pk])
    Presence.objects.filter(pk=child.pk).update(tutor=tutor, current_sentence=SENTENCE)
    PracticeSession.objects.create(
        student=child,
        session_id="session_1",
        student_email=ADDRESS,
        tutor_email=TUTOR,
        status="studying",
        current_sentence=SENTENCE,
        started_at=now(),
        last_update=now(),
    )
    store.store(tutor.pk, Draft(ADDRESS, "session_1", MESSAGE, "text"), "a key")
    key = json.dumps([ADDRESS, "session_1"])
    Change.objects.create(table="practice-sessions", key=key, set_aside_at=now(), error="no")
    Change.objects.create(table="practice-sessions", key=key, done_at=now())


def sign_in(school: School) -> None:
    """Have the child sign in, mistype, ask for a letter, and be given what opens an account."""
    child = school.child
    Client().force_login(child)
    child.check_password("wrong")
    tickets.issue(child)
    passwords.ask_for_link(ADDRESS, "ko")
    passwords.invite(school.director, [child.pk], "ko")
    passwords.issue_codes([child])
    PoolAccount.objects.create(user=child, issuer="https://pool", sub="sub")


def write_admin_log(school: School) -> None:
    """Have staff change the child, the mapping and, on the tutor's page, who is taught."""

    def note(row: Model, what: Any) -> None:
        LogEntry.objects.log_actions(school.director.pk, [row], CHANGE, what)

    note(school.child, [{"changed": {"fields": ["Name"]}}])
    note(school.child, f"{NAME} got a one-time code on paper.")
    mapping = TutorStudent.objects.get(student=school.child)
    note(mapping, [{"changed": {"fields": ["tutor"]}}])
    added = {"name": "tutor-student mapping", "object": str(mapping)}
    note(school.tutor, [{"added": added}])
    LogEntry.objects.create(
        user=school.director,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(school.child.pk),
        object_repr=f"옛 이름 <{OLD_ADDRESS}>",
        action_flag=CHANGE,
        change_message="",
    )
    # The mapping of another time, which is gone, and the address of another time.
    LogEntry.objects.create(
        user=school.director,
        content_type=ContentType.objects.get_for_model(TutorStudent),
        object_id="987654",
        object_repr=f"{TUTOR} → {OLD_ADDRESS}",
        action_flag=CHANGE,
        change_message="",
    )


OLD_ADDRESS = "haneul.before@example.com"


def expire_feedback() -> None:
    """Have all feedback be past its time."""
    Feedback.objects.update(expires_at=now() - timedelta(days=1))
