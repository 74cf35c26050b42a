"""Every call to give feedback is counted and has its line, however it ends."""

import logging
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from prometheus_client import REGISTRY
from rest_framework.test import APIClient

from feedback import services, views
from feedback.models import Feedback
from feedback.store import NotYourStudent, TooMuchFeedback
from speaktracker.exceptions import Unavailable
from speaktracker.logs import Sampler
from speaktracker.roster.models import User
from tests.api.conftest import BODY, SignedIn

PATH = "/api/tutor/feedback"
Ending = Callable[[str | Exception], None]


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch, tutor: User) -> Ending:
    """Decide how the giving of feedback ends: with an outcome, or an error."""

    def decide(end: str | Exception) -> None:
        async def give(*_: object) -> Feedback:
            if isinstance(end, Exception):
                raise end
            return Feedback(tutor_email=tutor.email, outcome=end, outcome_connections=0)

        monkeypatch.setattr(services, "give_feedback", give)
        monkeypatch.setattr(views, "given_body", lambda *_: {})

    return decide


def counted(status: str) -> float:
    """Read how many calls and messages of feedback ended with `status`."""
    labels = {"message_type": "feedback", "status": status}
    return REGISTRY.get_sample_value("speaktracker_messages_total", labels) or 0.0


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[object, ...]]:
    """List what was logged of feedback: whose it was, how it ended, its level and its code."""
    return [
        (said["user_email"], said["status"], record.levelname, said.get("code"))
        for record in caplog.records
        if (said := vars(record)).get("message_type") == "feedback"
    ]


@pytest.mark.parametrize(
    ("end", "noted"),
    [
        ("delivered", ("success", "INFO", None)),
        ("queued", ("success", "INFO", None)),
        ("failed", ("error", "WARNING", "DELIVERY_FAILED")),
        (NotYourStudent(), ("error", "WARNING", "FORBIDDEN")),
        (TooMuchFeedback(3), ("error", "WARNING", "RATE_LIMITED")),
        (Unavailable("away"), ("error", "WARNING", "UNAVAILABLE")),
        (ValueError("a bug"), ("error", "ERROR", "INTERNAL_ERROR")),
    ],
)
def test_a_call_is_counted_by_how_it_ends_and_has_its_line(
    signed_in: SignedIn,
    tutor: User,
    ending: Ending,
    caplog: pytest.LogCaptureFixture,
    end: str | Exception,
    noted: tuple[str, str, str | None],
) -> None:
    ending(end)
    caplog.set_level(logging.INFO, "speaktracker")
    client, before = signed_in(tutor), counted(noted[0])
    client.raise_request_exception = False
    client.post(PATH, BODY)
    assert counted(noted[0]) == before + 1
    assert lines(caplog) == [(tutor.email, *noted)]


@pytest.mark.parametrize("body", [{}, {"colour": "red"}, {"message": ""}])
def test_a_body_that_is_refused_is_an_error_of_its_sender(
    signed_in: SignedIn, tutor: User, caplog: pytest.LogCaptureFixture, body: dict[str, str]
) -> None:
    before = counted("error")
    assert signed_in(tutor).post(PATH, body).status_code == 400
    assert counted("error") == before + 1
    assert lines(caplog) == [(tutor.email, "error", "WARNING", "INVALID_MESSAGE")]


def test_who_is_nobody_raises_no_rate_and_fills_no_log(
    api: APIClient,
    db: None,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(views, "_unknown", Sampler(1.0, clock=lambda: 0.0))
    before = counted("error")
    answers: list[HttpResponse] = [api.post(PATH, BODY) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {401}
    assert counted("error") == before
    assert lines(caplog) == [(None, "error", "WARNING", "INVALID_CREDENTIALS")]


def test_a_list_is_no_feedback_that_was_given(
    signed_in: SignedIn, tutor: User, caplog: pytest.LogCaptureFixture
) -> None:
    before = counted("error")
    assert signed_in(tutor).get(PATH, {"before": "x"}).status_code == 400
    assert counted("error") == before
    assert not lines(caplog)
