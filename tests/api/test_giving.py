"""Every outcome of POST /api/tutor/feedback that does not depend on a socket."""

from collections.abc import Callable
from dataclasses import asdict
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from feedback import services
from feedback.models import Feedback
from feedback.store import KeyReused, NotYourStudent, TooMuchFeedback
from feedback.validation import Draft
from speaktracker.clock import now, wire
from speaktracker.exceptions import Unavailable
from speaktracker.roster.models import User
from tests.api.conftest import BODY, SignedIn

PATH = "/api/tutor/feedback"
MESSAGE_ID = "019bbc1e-5a40-7cc3-98c4-dc0c0c07398f"
MOMENT = now()
Outcomes = Callable[..., list[tuple[int, Draft, str | None]]]


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch) -> Outcomes:
    """Decide how the giving of feedback ends; return what was to be given."""
    asked: list[tuple[int, Draft, str | None]] = []

    def decide(
        outcome: str = "delivered", connections: int = 0, error: Exception | None = None
    ) -> list[tuple[int, Draft, str | None]]:
        async def give(tutor_id: int, draft: Draft, key: str | None = None) -> Feedback:
            asked.append((tutor_id, draft, key))
            if error:
                raise error
            return Feedback(
                **asdict(draft),
                message_id=UUID(MESSAGE_ID),
                tutor_email="tutor@example.com",
                timestamp=MOMENT,
                outcome=outcome,
                outcome_connections=connections,
            )

        monkeypatch.setattr(services, "give_feedback", give)
        return asked

    return decide


FRAME = {
    "type": "feedback",
    "from": "tutor@example.com",
    "student_email": "student@example.com",
    "session_id": "session_123",
    "message": "발음이 좋아졌어요",
    "message_type": "text",
    "timestamp": wire(MOMENT),
    "message_id": MESSAGE_ID,
}


@pytest.mark.parametrize("path", [PATH, PATH + "/"])
def test_delivered_feedback_is_answered_with_its_frame(
    signed_in: SignedIn, tutor: User, outcome: Outcomes, path: str
) -> None:
    outcome("delivered", connections=2)
    answer = signed_in(tutor).post(path, BODY)
    assert answer.status_code == 201
    assert answer.json() == FRAME | {"delivery": {"status": "delivered", "connections": 2}}


def test_feedback_for_an_offline_student_is_queued(
    signed_in: SignedIn, tutor: User, outcome: Outcomes
) -> None:
    outcome("queued")
    answer = signed_in(tutor).post(PATH, BODY, HTTP_ACCEPT_LANGUAGE="ko")
    assert answer.status_code == 202
    assert answer.json() == FRAME | {
        "delivery": {"status": "queued", "connections": 0},
        "error": {
            "type": "message_error",
            "code": "RECIPIENT_OFFLINE",
            "original_message_id": MESSAGE_ID,
            "message": "메시지 전송에 실패했습니다",
            "timestamp": wire(MOMENT),
            "queued": True,
        },
    }


def test_feedback_nobody_confirmed_has_failed(
    signed_in: SignedIn, tutor: User, outcome: Outcomes
) -> None:
    outcome("failed")
    answer = signed_in(tutor).post(PATH, BODY)
    assert answer.status_code == 202
    assert answer.json()["delivery"]["status"] == "failed"
    assert answer.json()["error"]["code"] == "DELIVERY_FAILED"
    assert "queued" not in answer.json()["error"]


def test_speech_is_answered_with_its_address(
    signed_in: SignedIn, tutor: User, outcome: Outcomes
) -> None:
    outcome()
    speech = {"message_type": "tts", "audio_url": "https://localhost/a.mp3"}
    answer = signed_in(tutor).post(PATH, BODY | speech)
    assert answer.status_code == 201
    assert answer.json()["audio_url"] == "https://localhost/a.mp3"


def test_what_is_given_is_normalised(signed_in: SignedIn, tutor: User, outcome: Outcomes) -> None:
    asked = outcome()
    body = {"student_email": " Student@Example.com", "message": "e\u0301\x00", "speak": True}
    signed_in(tutor).post(PATH, BODY | body)
    draft = Draft("student@example.com", "session_123", "é", "text", None, True)
    assert asked == [(tutor.pk, draft, None)]


@pytest.mark.parametrize("key", ["a", "x" * 128, "8e03978e-40d5-43dd-bc93-6894a57f9324", "!~"])
def test_the_idempotency_key_is_passed_on(
    signed_in: SignedIn, tutor: User, outcome: Outcomes, key: str
) -> None:
    asked = outcome()
    signed_in(tutor).post(PATH, BODY, HTTP_IDEMPOTENCY_KEY=key)
    assert asked[0][2] == key


@pytest.mark.parametrize("key", ["", "x" * 129, "a b", "a\n", "\x7f", "\u00e9"])
def test_a_bad_idempotency_key_is_refused(
    signed_in: SignedIn, tutor: User, outcome: Outcomes, key: str
) -> None:
    asked = outcome()
    answer = signed_in(tutor).post(PATH, BODY, HTTP_IDEMPOTENCY_KEY=key)
    assert answer.status_code == 400
    assert set(answer.data) == {"Idempotency-Key"}
    assert not asked


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (NotYourStudent(), (403, "FORBIDDEN", False)),
        (KeyReused(), (409, "KEY_REUSED", False)),
        (TooMuchFeedback(12.3), (429, "RATE_LIMITED", True)),
        (Unavailable("the database did not answer"), (503, "UNAVAILABLE", True)),
    ],
)
def test_refused_feedback_says_why(
    signed_in: SignedIn,
    tutor: User,
    outcome: Outcomes,
    error: Exception,
    refusal: tuple[int, str, bool],
) -> None:
    outcome(error=error)
    answer = signed_in(tutor).post(PATH, BODY)
    come_back = "Retry-After" in answer.headers
    assert (answer.status_code, answer.data["code"], come_back) == refusal


def test_nobody_gives_no_feedback(api: APIClient, db: None) -> None:
    answer = api.post(PATH, BODY)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_only_a_tutor_gives_feedback(signed_in: SignedIn, student: User) -> None:
    staff = User.objects.create_superuser("admin@example.com")
    assert signed_in(student).post(PATH, BODY).status_code == 403
    assert signed_in(staff).post(PATH, BODY).status_code == 403


def test_the_id_in_the_examples_is_one() -> None:
    assert UUID(MESSAGE_ID).version == 7
