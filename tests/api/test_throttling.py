"""How often somebody may call."""

import logging
import time
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache
from django.test import override_settings
from prometheus_client import REGISTRY
from rest_framework.test import APIClient

from speaktracker.auth import throttling
from speaktracker.auth.throttling import Window
from speaktracker.limit_settings import Limits
from speaktracker.roster.models import User
from tests.api.conftest import SignedIn
from tests.valkey import Valkey, running_valkey

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


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """The Valkey that keeps the counters, with a pause of nothing between tries to reach it."""
    with running_valkey() as server:
        monkeypatch.setattr(throttling, "cache", RedisCache(server.url, {}))
        monkeypatch.setattr(throttling, "PAUSE_SECONDS", 0)
        yield server


def test_an_outage_of_the_cache_is_one_line_when_it_begins_and_one_when_it_ends(
    counters: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "speaktracker")
    window, began, ended = Window("test", 100), "counted in this process", "counted together"
    for _ in range(2):
        window.count("somebody")
    assert not caplog.records
    counters.kill()
    for _ in range(3):
        window.count("somebody")
    assert [began in line.getMessage() for line in caplog.records] == [True]
    assert "Connection refused" in caplog.text
    counters.start()
    for _ in range(3):
        window.count("somebody")
    assert [ended in line.getMessage() for line in caplog.records] == [False, True]


def test_what_is_counted_in_this_process_alone_is_a_metric(counters: Valkey) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("speaktracker_throttle_fallback_calls_total") or 0.0

    window, before = Window("test", 100), counted()
    window.count("somebody")
    assert counted() == before
    counters.kill()
    for _ in range(3):
        window.count("somebody")
    assert counted() == before + 3
    counters.start()
    window.count("somebody")
    assert counted() == before + 3


def test_a_cache_that_refuses_is_quoted(counters: Valkey, caplog: pytest.LogCaptureFixture) -> None:
    counters.kill()
    counters.start("--requirepass", "secret")
    Window("test", 100).count("somebody")
    assert "authenticated" in caplog.text


def test_while_the_cache_is_away_it_is_asked_once_a_pause(
    counters: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "PAUSE_SECONDS", 60)
    counters.kill()
    window = Window("test", 100)
    window.count("somebody")
    with (
        patch.object(cache, "get") as get,
        patch.object(cache, "incr") as incr,
    ):
        window.count("somebody")
    assert not get.called
    assert not incr.called


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
