"""The pool's keys: fetched beside everything, kept while they cannot be, and never in a flood."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pytest_django import Settings

from speaktracker import background
from speaktracker.auth import bearer_tokens, tokens
from speaktracker.cognito import signing_keys, user_pool
from speaktracker.cognito.signing_keys import BODY_BYTES, KEEP_FRESH_SECONDS, TRUSTED_SECONDS
from speaktracker.exceptions import InvalidCredentials, Unavailable
from speaktracker.roster.models import User
from tests.cognito.conftest import Status
from tests.cognito.key_server import KeyServer, PoolKey
from tests.realtime.conftest import Connect


def keys() -> signing_keys.SigningKeys:
    pool = user_pool.user_pool()
    assert pool is not None
    return pool.keys


@pytest.fixture
def no_pause(settings: Settings) -> None:
    settings.LIMITS = replace(settings.LIMITS, cognito_keys_pause_seconds=0)


def test_a_new_key_is_found_at_once_and_the_old_ones_end(
    fresh_keys: KeyServer, status_with: Status
) -> None:
    old = fresh_keys.sign("id")
    assert status_with(old) == 200
    fresh_keys.rotate()
    assert status_with(fresh_keys.sign("access")) == 200
    assert status_with(fresh_keys.sign("id")) == 200
    assert status_with(old) == 401
    assert fresh_keys.fetches == 2


def test_a_flood_of_unknown_keys_costs_one_question(
    fresh_keys: KeyServer, status_with: Status
) -> None:
    stranger = PoolKey()
    forged = []
    for number in range(200):
        stranger.kid = f"made+up/{number}="
        forged.append(fresh_keys.sign("id", key=stranger))
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(verdict, forged)) == {InvalidCredentials}
    assert fresh_keys.fetches == 2
    assert status_with(fresh_keys.sign("id")) == 200


def verdict(token: str) -> type[Exception] | None:
    try:
        bearer_tokens.verify(token)
    except (InvalidCredentials, Unavailable) as error:
        return type(error)
    return None


def test_those_who_ask_at_the_same_time_share_one_fetch(key_server: KeyServer) -> None:
    key_server.answer = key_server.never
    stranger = PoolKey()
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(verdict, key_server.sign(key=stranger)) for _ in range(8)]
        while key_server.fetches == 0:
            time.sleep(0.01)  # the first question is the event waited for
        key_server.released.set()
        assert {each.result(30) for each in asked} == {InvalidCredentials}
    assert key_server.fetches == 1


@pytest.mark.parametrize(
    "fail",
    [
        lambda server: server.with_body(b"", 500),
        lambda server: server.with_body(b"<html>not keys</html>"),
        lambda server: server.with_body(b'{"keys": []}'),
        lambda server: server.with_body(b'{"keys": [{"kty": "RSA"}, 5, {"kid": "a"}]}'),
        lambda server: server.with_body(b"[" * 50_000),
        lambda server: server.with_body(b"\xff\xfe"),
        lambda server: server.with_body(b" " * (BODY_BYTES + 1)),
        lambda server: server.with_body(b"", 302),
        lambda server: server.stop(),
    ],
    ids=["500", "html", "empty", "broken keys", "deep", "not text", "huge", "redirect", "down"],
)
def test_keys_that_were_read_outlast_a_server_that_fails(
    fresh_keys: KeyServer, status_with: Status, fail: Any
) -> None:
    token = fresh_keys.sign("id")
    assert status_with(token) == 200
    fail(fresh_keys)
    keys().refresh().result(30)
    assert status_with(token) == 200
    assert status_with(fresh_keys.sign("id", key=PoolKey())) == 503


def test_before_the_first_keys_nobody_is_refused_for_good(
    key_server: KeyServer, status_with: Status, no_pause: None
) -> None:
    key_server.with_body(b"", 500)
    assert status_with(key_server.sign("id")) == 503
    key_server.answer = key_server.as_it_should
    assert status_with(key_server.sign("id")) == 200


def test_a_server_that_never_ends_its_answer_is_given_up(
    key_server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not key_server.released.wait(0.05):
            try:
                request.wfile.write(b" ")
            except OSError:
                return

    key_server.answer = drip
    monkeypatch.setattr(signing_keys, "FETCH_SECONDS", 0.3)
    keys().refresh().result(30)
    assert keys().age == float("inf")


def test_keys_that_could_not_be_read_again_for_a_day_are_trusted_no_longer(
    fresh_keys: KeyServer, status_with: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = fresh_keys.sign("id")
    assert status_with(token) == 200
    fresh_keys.with_body(b"", 500)
    keys()._fetched_at -= TRUSTED_SECONDS
    assert status_with(token) == 503


@pytest.mark.parametrize(
    "change",
    [{"use": "enc"}, {"alg": "RS512"}, {"kty": "oct", "k": "AAAA"}, {"n": "AQAB"}, {"kid": 5}],
    ids=str,
)
def test_a_key_for_something_else_is_passed_over(
    fresh_keys: KeyServer, status_with: Status, change: dict[str, Any]
) -> None:
    strange = PoolKey()
    published = [fresh_keys.keys["id"].jwk, {**strange.jwk, **change}]
    fresh_keys.with_body(json.dumps({"keys": published}).encode())
    keys().refresh().result(30)
    assert status_with(fresh_keys.sign("id")) == 200
    assert status_with(fresh_keys.sign("id", key=strange)) == 401


async def test_the_background_reads_the_keys_before_anybody_asks(
    key_server: KeyServer, connect: Connect, tutor: User
) -> None:
    socket = await connect(tutor)
    await socket.hears("connection_success")
    await asyncio.wrap_future(keys().refresh())
    assert keys().age < 5
    keys()._fetched_at -= KEEP_FRESH_SECONDS
    await user_pool.keep_keys_fresh()
    await asyncio.wrap_future(keys().refresh())
    assert keys().age < 5
    assert background.KEYS_LOOK_SECONDS < KEEP_FRESH_SECONDS


async def test_slow_keys_hold_up_neither_the_loop_nor_who_needs_none(
    key_server: KeyServer, connect: Connect, tutor: User
) -> None:
    key_server.answer = key_server.never
    waiting = asyncio.create_task(bearer_tokens.verify_in_loop(key_server.sign("id")))
    others = [await connect(tutor) for _ in range(3)]
    for socket in others:
        await socket.hears("connection_success")
    assert not waiting.done()
    key_server.released.set()
    credentials = await waiting
    assert credentials.pool_claims is not None


async def test_who_waited_for_keys_in_vain_may_come_back(
    key_server: KeyServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speaktracker.cognito.identification.KEYS_SECONDS", 0.2)
    key_server.answer = key_server.never
    socket = await connect(token=key_server.sign("id"))
    await socket.hears("connection_error", code="UNAVAILABLE")
    assert await socket.is_closed_with() == 4011


def test_fetches_are_counted(fresh_keys: KeyServer) -> None:
    def count(outcome: str) -> float:
        name = "speaktracker_cognito_key_fetches_total"
        return REGISTRY.get_sample_value(name, {"outcome": outcome}) or 0

    right, wrong = count("success"), count("error")
    keys().refresh().result(30)
    fresh_keys.with_body(b"", 500)
    keys().refresh().result(30)
    assert (count("success"), count("error")) == (right + 1, wrong + 1)


def test_a_token_of_ours_never_asks_for_keys(
    key_server: KeyServer, status_with: Status, tutor: User
) -> None:
    assert status_with(tokens.issue(tutor)) == 200
    assert status_with("nonsense") == 401
    assert key_server.fetches == 0
