"""What people are answered when a try is refused, whatever took it."""

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation
from rest_framework import serializers

from speaktracker.guard.middleware import GuardMiddleware
from speaktracker.guard.refusals import TryRefused, in_words, too_many_at_once, too_many_failures

View = Callable[[HttpRequest], HttpResponse]


@pytest.mark.parametrize(
    ("seconds", "korean", "english"),
    [
        (0.2, "1초", "1 second"),
        (59, "59초", "59 seconds"),
        (59.5, "1분", "1 minute"),
        (61, "2분", "2 minutes"),
        (1800, "30분", "30 minutes"),
    ],
)
def test_a_time_is_written_as_people_say_it(seconds: float, korean: str, english: str) -> None:
    assert in_words(seconds) == korean
    with translation.override("en"):
        assert in_words(seconds) == english


def a_view_that_shows_it_as_an_error(_request: HttpRequest) -> HttpResponse:
    try:
        raise too_many_failures(90)
    except TryRefused as refused:
        return HttpResponse(str(refused))


def a_view_that_hides_it(_request: HttpRequest) -> HttpResponse:
    class Body(serializers.Serializer):  # type: ignore[type-arg]
        def validate(self, attrs: object) -> object:
            raise too_many_failures(90)

    body = Body(data={})
    assert not body.is_valid()
    return HttpResponse(str(body.errors), status=400)


@pytest.mark.parametrize("view", [a_view_that_shows_it_as_an_error, a_view_that_hides_it])
def test_whatever_a_view_makes_of_a_refusal_its_status_says_it(view: View) -> None:
    answer = GuardMiddleware(view)(RequestFactory().get("/"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "90")
    assert "2분" in answer.content.decode()


def test_a_refusal_that_no_view_takes_is_a_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_busy(*_: object) -> None:
        raise too_many_at_once()

    monkeypatch.setattr("django.contrib.auth.views.LoginView.get_form", is_busy)
    answer = client.post("/login/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "5초 후에" in answer.content.decode()


def test_what_is_not_refused_is_left_alone() -> None:
    answer = GuardMiddleware(lambda _request: HttpResponse("fine"))(RequestFactory().get("/"))
    assert (answer.status_code, "Retry-After" in answer.headers) == (200, False)
