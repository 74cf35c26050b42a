"""How often somebody may call."""

import contextvars
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock

import pytest
import redis
from django.core.cache import BaseCache, cache
from django.test import override_settings
from prometheus_client import REGISTRY
from rest_framework.test import APIClient

from speaktracker.auth import throttling, tokens
from speaktracker.auth.throttling import Window
from speaktracker.layers.redis import cache_breaker
from speaktracker.layers.redis.cache_breaker import CacheAway, ask_cache
from speaktracker.layers.redis.django_config import django_cache
from speaktracker.limit_settings import Limits
from speaktracker.roster.models import User
from tests.api.conftest import PASSWORD, SignedIn
from tests.valkey import Valkey, running_valkey

DEADLINE = 20
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
def test_what_somebody_sends_without_identity_keeps_nobody_at_that_address_out(
    api: APIClient, tutor: User
) -> None:
    for body in [{"refresh": "x"}, {"refresh": 1}, {}, [], "no object"] * 3:
        assert api.post("/api/auth/token/refresh", body).status_code in (400, 401)
        assert api.post("/api/auth/token", body).status_code == 400
    mine = {"refresh": tokens.issue(tutor, "refresh")}
    assert api.post("/api/auth/token/refresh", mine).status_code == 200
    right = {"email": tutor.email, "password": PASSWORD}
    assert api.post("/api/auth/token", right).status_code == 200


@three_a_minute
def test_refreshes_are_counted_by_whose_token_it_is(
    api: APIClient, tutor: User, student: User
) -> None:
    def refreshes(user: User, address: str) -> int:
        body = {"refresh": tokens.issue(user, "refresh")}
        return api.post("/api/auth/token/refresh", body, REMOTE_ADDR=address).status_code

    answers = [refreshes(tutor, f"192.0.2.{number}") for number in range(4)]
    assert answers == [200, 200, 200, 429]
    assert refreshes(student, "192.0.2.1") == 200


@three_a_minute
def test_the_api_document_is_counted_by_address(api: APIClient) -> None:
    answers = [api.get("/api/schema/").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    assert api.get("/api/schema/", REMOTE_ADDR="192.0.2.7").status_code == 200


@three_a_minute
def test_without_the_cache_calls_pass_and_are_counted_here(
    signed_in: SignedIn, tutor: User
) -> None:
    client = signed_in(tutor)
    with override_settings(CACHES={"default": django_cache("redis://127.0.0.1:1", "school")}):
        answers = [client.get("/api/tutor/feedback").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """The Valkey that keeps the counters, looked for often while it is away."""
    monkeypatch.setattr(cache_breaker, "PAUSE_SECONDS", 0.02)
    with (
        running_valkey() as server,
        override_settings(CACHES={"default": django_cache(server.url, "school")}),
    ):
        yield server


def until_it_is_back() -> None:
    """Wait until the cache is asked again."""
    give_up = time.monotonic() + DEADLINE
    while cache_breaker.breaker.is_open:
        assert time.monotonic() < give_up
        time.sleep(0.02)


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
    until_it_is_back()
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
    until_it_is_back()
    window.count("somebody")
    assert counted() == before + 3


def test_a_cache_that_refuses_is_quoted(counters: Valkey, caplog: pytest.LogCaptureFixture) -> None:
    counters.kill()
    counters.start("--requirepass", "secret")
    Window("test", 100).count("somebody")
    assert "authenticated" in caplog.text


def test_while_the_cache_hangs_only_the_first_call_waits_for_it(counters: Valkey) -> None:
    counters.pause()
    window, asked = Window("test", 100), Mock()
    window.count("somebody")
    assert cache_breaker.breaker.is_open
    for _ in range(5):
        with pytest.raises(CacheAway):
            ask_cache(asked)
    assert not asked.called
    counters.resume()
    until_it_is_back()
    ask_cache(asked)
    assert asked.called


def test_nobody_asks_a_cache_that_keeps_another_waiting(
    counters: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_breaker, "SUSPECT_SECONDS", 0)
    asked, answers, late = threading.Event(), threading.Event(), Mock()

    def waits(_store: BaseCache) -> bool:
        asked.set()
        return answers.wait(DEADLINE)

    with ThreadPoolExecutor() as threads:
        first = threads.submit(ask_cache, waits)
        assert asked.wait(DEADLINE)
        with pytest.raises(CacheAway):
            ask_cache(late)
        answers.set()
        assert first.result(DEADLINE)
    assert not late.called
    ask_cache(late)
    assert late.called


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


def test_calls_of_all_contexts_share_their_connections(counters: Valkey) -> None:
    def connections() -> int:
        with redis.from_url(counters.url) as client:
            return int(client.info("stats")["total_connections_received"])

    window = Window("test", 100)
    window.count("somebody")
    before = connections()
    for _ in range(3):
        contextvars.Context().run(window.count, "somebody")
    assert connections() == before + 1  # its own
