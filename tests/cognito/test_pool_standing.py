"""What the pool is asked about tokens: once for all who ask, never in a flood."""

import asyncio
import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pytest_django import Settings

from realtime.sockets.pool_sign_outs import follow_pool
from speaktracker.cognito import pool_standing
from speaktracker.cognito.pool_client import AccountEnded, PoolClient
from speaktracker.cognito.pool_standing import PoolStanding
from speaktracker.cognito.pool_tokens import PoolClaims, Profile, unsigned
from speaktracker.exceptions import InvalidCredentials, Unavailable
from tests.cognito.conftest import RealPool, Status
from tests.cognito.key_server import KeyServer
from tests.realtime.conftest import Connect


class ScriptedClient(PoolClient):
    """A client that answers what the test says, and counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.says: Exception | None = None
        self.may_answer = threading.Event()
        self.may_answer.set()

    def prepare(self) -> None:
        pass

    def can_ask(self, *, by_token: bool) -> bool:
        return True

    def ask(self, claims: PoolClaims, *, by_token: bool) -> Profile | None:
        self.asked += 1
        self.may_answer.wait(30)
        if self.says:
            raise self.says
        return None


@pytest.fixture
def client() -> ScriptedClient:
    return ScriptedClient()


@pytest.fixture
def standing(client: ScriptedClient) -> PoolStanding:
    return PoolStanding(client)


def claims_of(server: KeyServer, number: int = 0, use: str = "access") -> PoolClaims:
    scope = "openid aws.cognito.signin.user.admin"
    return unsigned(server.sign(use, scope=scope, jti=str(number)), server.config)


def test_many_who_ask_about_one_token_share_the_question(
    key_server: KeyServer, client: ScriptedClient, standing: PoolStanding
) -> None:
    claims = claims_of(key_server)
    client.may_answer.clear()
    futures = {standing.check(claims) for _ in range(20)}
    assert len(futures) == 1
    client.may_answer.set()
    (asking,) = futures
    assert asking is not None
    asking.result(5)
    assert standing.check(claims) is None
    assert client.asked == 1


def test_an_outage_is_found_once_and_not_asked_into(
    key_server: KeyServer, client: ScriptedClient, standing: PoolStanding
) -> None:
    client.says = Unavailable("gone")
    first = standing.check(claims_of(key_server, 1))
    assert first is not None
    first.result(5)
    for number in range(2, 50):
        assert standing.check(claims_of(key_server, number)) is None
    assert client.asked == 1


def test_a_token_that_ended_stays_so_during_an_outage(
    key_server: KeyServer, client: ScriptedClient, standing: PoolStanding
) -> None:
    claims = claims_of(key_server)
    client.says = AccountEnded()
    asking = standing.check(claims)
    assert asking is not None
    asking.result(5)
    client.says = Unavailable("gone")
    with pytest.raises(InvalidCredentials):
        standing.check(claims)


def test_a_bounded_number_of_questions_waits(
    key_server: KeyServer,
    client: ScriptedClient,
    standing: PoolStanding,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_standing, "WAITING", 10)
    client.may_answer.clear()
    asked = [standing.check(claims_of(key_server, number)) for number in range(40)]
    assert sum(each is not None for each in asked) == 10
    client.may_answer.set()


def test_a_bounded_number_of_answers_is_remembered(
    key_server: KeyServer,
    client: ScriptedClient,
    standing: PoolStanding,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_standing, "REMEMBERED", 10)
    for number in range(30):
        standing.check(claims_of(key_server, number))
    assert len(standing._answers) == 10


def test_a_slow_pool_holds_nobody_up_for_long(
    pool: RealPool, status_with: Status, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = pool.sign_in(pool.add("min@example.com", "tutors"))
    assert status_with(tokens["id"]) == 200
    silent = KeyServer()
    silent.answer = silent.never
    monkeypatch.setattr("speaktracker.cognito.identification.STANDING_SECONDS", 0.1)
    settings.COGNITO = replace(pool.config, endpoint=silent.config.jwks_url.rpartition("/")[0])
    for use in ("id", "access"):
        assert status_with(tokens[use]) == 200
    silent.stop()


async def test_a_round_asks_about_those_first_who_waited_longest(
    pool: RealPool, connect: Connect, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIMITS = replace(settings.LIMITS, cognito_checks_per_second=0.2)
    names = [pool.add(f"t{number}@example.com", "tutors") for number in range(3)]
    signed_in = [pool.sign_in(name)["access"] for name in names]
    for token in signed_in:
        await (await connect(token=token)).hears("connection_success")
    from speaktracker.cognito.user_pool import user_pool

    made = user_pool()
    assert made is not None
    answers = list(made.standing._answers.values())
    for age, answer in zip((100, 300, 200), answers, strict=True):
        answer.given_at = time.monotonic() - age
    await follow_pool()
    (asking,) = [
        answer for answer in answers if answer.asking or answer.given_at > time.monotonic() - 50
    ]
    assert asking is answers[1]
    if asking.asking:
        await asyncio.wrap_future(asking.asking)


def test_answers_are_counted(pool: RealPool, status_with: Status) -> None:
    def count(outcome: str) -> float:
        name = "speaktracker_cognito_token_checks_total"
        return REGISTRY.get_sample_value(name, {"outcome": outcome}) or 0

    username = pool.add("min@example.com", "tutors")
    token, other = pool.sign_in(username)["access"], pool.sign_in(username)["access"]
    stands, ended = count("stands"), count("ended")
    assert status_with(token) == 200
    pool.client.global_sign_out(AccessToken=other)
    assert status_with(other) == 401
    assert (count("stands"), count("ended")) == (stands + 1, ended + 1)


def test_the_answer_is_not_asked_for_again_within_the_minute(
    pool: RealPool, status_with: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    original = PoolClient.ask

    def ask(self: PoolClient, claims: PoolClaims, *, by_token: bool) -> Profile | None:
        asked.append(by_token)
        return original(self, claims, by_token=by_token)

    monkeypatch.setattr(PoolClient, "ask", ask)
    token = pool.sign_in(pool.add("min@example.com", "tutors"))["access"]
    for _ in range(5):
        assert status_with(token) == 200
    assert asked == [True]
