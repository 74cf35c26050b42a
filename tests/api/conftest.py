"""People, a client signed in as one of them, and feedback that needs no socket."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient
from uuid_utils.compat import uuid7

from feedback.models import Feedback
from speaktracker.auth import throttling, tokens
from speaktracker.clock import now
from speaktracker.layers.redis import cache_breaker
from speaktracker.roster import services
from speaktracker.roster.models import User, UserType

PASSWORD = "correct horse battery staple"
BODY = {
    "student_email": "student@example.com",
    "session_id": "session_123",
    "message": "발음이 좋아졌어요",
    "message_type": "text",
    "audio_url": None,
}

SignedIn = Callable[[User], APIClient]
Gave = Callable[..., list[Feedback]]


@pytest.fixture(autouse=True)
def _nobody_has_called_yet() -> Iterator[None]:
    cache.clear()
    throttling._own.clear()
    throttling._begun.clear()
    cache_breaker.breaker.close()
    yield
    cache.clear()


@pytest.fixture
def tutor(db: None) -> User:
    return User.objects.create_user("tutor@example.com", PASSWORD, user_type=UserType.TUTOR)


@pytest.fixture
def student(tutor: User) -> User:
    """A student of `tutor`."""
    made = User.objects.create_user(
        "student@example.com", PASSWORD, user_type=UserType.STUDENT, name="Student"
    )
    services.assign_tutor(made, tutor)
    return made


@pytest.fixture
def other_student(db: None) -> User:
    """A student whom another tutor teaches."""
    made = User.objects.create_user("other@example.com", PASSWORD, user_type=UserType.STUDENT)
    teacher = User.objects.create_user("other-tutor@example.com", user_type=UserType.TUTOR)
    services.assign_tutor(made, teacher)
    return made


@pytest.fixture
def api() -> APIClient:
    """A client nobody signed in with."""
    client = APIClient(raise_request_exception=False)
    client.default_format = "json"
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def signed_in(api: APIClient) -> SignedIn:
    def sign_in(user: User) -> APIClient:
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user)}")
        return api

    return sign_in


@pytest.fixture
def gave(db: None) -> Gave:
    """Store `count` feedback of a tutor to a student, a second apart, oldest first."""

    def store(tutor: User, student: User, count: int = 1, session_id: str = "s") -> list[Feedback]:
        first = Feedback.objects.filter(student=student).count()
        moment = now() - timedelta(hours=1)
        return Feedback.objects.bulk_create(
            Feedback(
                message_id=uuid7(),
                student=student,
                tutor=tutor,
                student_email=student.email,
                tutor_email=tutor.email,
                session_id=session_id,
                message=f"number {number}",
                message_type="text",
                timestamp=moment + timedelta(seconds=number),
                expires_at=moment + timedelta(days=30),
                sequence=number + 1,
            )
            for number in range(first, first + count)
        )

    return store
