"""How often somebody may call."""

import time

import pytest
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache
from django.test import override_settings
from rest_framework.test import APIClient

from speaktracker.auth import throttling
from speaktracker.auth.throttling import Window
from speaktracker.limits import Limits
from speaktracker.roster.models import User
from tests.api.conftest import SignedIn

three_a_minute = override_settings(LIMITS=Limits(user_rest_calls_per_minute=3))


@three_a_minute
def test_a_user_who_calls_too_often_is_told_when_to_come_back(
    signed_in: SignedIn, tutor: User
) -> None:
    client = signed_in(tutor)
    answers = [client.get("/api/tutor/feedback") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].data["code"] == "RATE_LIMITED"


@three_a_minute
def test_users_do_not_use_up_each_other(signed_in: SignedIn, tutor: User, student: User) -> None:
    client = signed_in(tutor)
    for _ in range(4):
        client.get("/api/tutor/feedback")
    assert signed_in(student).get("/api/student/feedback").status_code == 200


@three_a_minute
def test_who_has_no_identity_is_counted_by_address(api: APIClient, db: None) -> None:
    body = {"refresh": "x"}
    for _ in range(3):
        assert api.post("/api/auth/token/refresh", body).status_code == 401
    assert api.post("/api/auth/token/refresh", body).status_code == 429
    elsewhere = api.post("/api/auth/token/refresh", body, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 401


@three_a_minute
def test_without_the_cache_calls_pass_and_are_counted_here(
    signed_in: SignedIn, tutor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_listens = RedisCache("redis://127.0.0.1:1/0", {})
    monkeypatch.setattr(throttling, "cache", nothing_listens)
    client = signed_in(tutor)
    answers = [client.get("/api/tutor/feedback").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


def test_a_window_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window("test", 1, seconds=1)
    assert window.count("somebody") == 0
    assert window.count("somebody") > 0
    cache.delete("test:somebody")  # as its timeout does
    later = time.time() + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert window.count("somebody") == 0


def test_a_process_that_has_not_met_a_window_counts_in_it_too() -> None:
    window = Window("test", 2)
    assert [window.count("somebody") for _ in range(2)] == [0, 0]
    throttling._begun.clear()
    assert window.count("somebody") > 0


def test_no_more_windows_are_remembered_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "BEGUN_BOUND", 5)
    window = Window("test", 1)
    for number in range(20):
        window.count(f"number-{number}")
    assert len(throttling._begun) <= 5


def test_peeking_counts_nothing() -> None:
    window = Window("test", 1)
    assert [window.peek("somebody") for _ in range(3)] == [0, 0, 0]
    window.count("somebody")
    assert window.peek("somebody") > 0
