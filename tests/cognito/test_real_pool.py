"""End to end with a pool of ministack: both tokens at every way in, sign-out, disable, delete."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from realtime.sockets.pool_sign_outs import follow_pool
from speaktracker import db
from speaktracker.cognito.models import PoolAccount
from speaktracker.cognito.user_pool import user_pool
from speaktracker.roster.models import User
from speaktracker.roster.services import assign_tutor
from tests.cognito.conftest import RealPool, Status
from tests.realtime.conftest import Connect
from tests.realtime.inside import the_socket
from tests.socket_client import SocketClient

USES = pytest.mark.parametrize("use", ["id", "access"])


def forget_answers() -> None:
    """Let so much time pass that the pool is to be asked again."""
    pool = user_pool()
    assert pool is not None
    for answer in pool.standing._answers.values():
        answer.given_at -= 3600


async def is_closed_after_a_round(socket: SocketClient) -> None:
    """Wait for a round that asks the pool, and for the one that acts on its answer."""
    forget_answers()
    await follow_pool()
    pool = user_pool()
    assert pool is not None
    asked = [a.asking for a in pool.standing._answers.values() if a.asking]
    await asyncio.gather(*(asyncio.wrap_future(each) for each in asked))
    await follow_pool()
    await socket.hears("connection_error", code="INVALID_CREDENTIALS")
    assert await socket.is_closed_with() == 4401


@USES
def test_a_first_token_makes_the_person(pool: RealPool, status_with: Status, use: str) -> None:
    username = pool.add("Min@Example.com", "tutors", name="김민수")
    assert status_with(pool.sign_in(username)[use]) == 200
    made = User.objects.get()
    assert (made.email, made.name, made.user_type) == ("min@example.com", "김민수", "tutor")
    assert PoolAccount.objects.get().user == made


@USES
def test_the_custom_attribute_gives_the_type_too(
    pool: RealPool, status_with: Status, use: str
) -> None:
    username = pool.add("min@example.com", **{"custom:user_type": "student"})
    assert status_with(pool.sign_in(username)[use]) == 200
    assert User.objects.get().user_type == "student"


@USES
def test_an_unverified_address_takes_nobody_over(
    pool: RealPool, status_with: Status, tutor: User, use: str
) -> None:
    username = pool.add(tutor.email, "tutors", verified="false")
    assert status_with(pool.sign_in(username)[use]) == 401
    assert not PoolAccount.objects.exists()


@pytest.mark.parametrize("way", ["header", "subprotocol", "query"])
@USES
async def test_a_socket_opens_by_every_way_in(
    pool: RealPool, connect: Connect, use: str, way: str
) -> None:
    token = (await asyncio.to_thread(pool.sign_in, pool.add("min@example.com", "tutors")))[use]
    ways: dict[str, dict[str, Any]] = {
        "header": {"headers": {"Authorization": f"Bearer {token}"}},
        "subprotocol": {"subprotocols": ["speaktracker.v1", f"bearer.{token}"]},
        "query": {"token": token},
    }
    success = await (await connect(**ways[way])).hears("connection_success")
    assert (success["user_email"], success["user_type"]) == ("min@example.com", "tutor")


async def test_a_student_waits_for_the_admin_s_mapping(
    pool: RealPool, connect: Connect, tutor: User
) -> None:
    token = pool.sign_in(pool.add("min@example.com", "students"))["id"]
    socket = await connect(token=token)
    await socket.hears("connection_error", code="TUTOR_NOT_FOUND")
    student = await User.objects.aget(email="min@example.com")
    await db.write(assign_tutor, student, tutor)
    success = await (await connect(token=token)).hears("connection_success")
    assert success["tutor_email"] == tutor.email


async def test_somebody_without_a_type_is_told_so(pool: RealPool, connect: Connect) -> None:
    socket = await connect(token=pool.sign_in(pool.add("min@example.com"))["id"])
    await socket.hears("connection_error", code="FORBIDDEN")
    assert await socket.is_closed_with() == 4403


async def test_what_the_handshake_says_beside_a_token_must_be_true(
    pool: RealPool, connect: Connect
) -> None:
    token = pool.sign_in(pool.add("min@example.com", "tutors"))["id"]
    await (await connect(token=token, user_email="MIN@example.com")).hears("connection_success")
    socket = await connect(token=token, user_email="other@example.com")
    await socket.hears("connection_error", code="INVALID_CREDENTIALS")


async def test_a_socket_lives_on_a_fresh_token(pool: RealPool, connect: Connect) -> None:
    username = pool.add("min@example.com", "tutors")
    tokens = pool.sign_in(username)
    socket = await connect(token=tokens["id"])
    await socket.hears("connection_success")
    minutes = await User.objects.aget()
    before = the_socket(minutes).credentials
    assert abs((before.expires_at or 0) - time.time() - 3600) < 60
    refresh = {"type": "connection", "action": "refresh", "token": tokens["access"]}
    await socket.ask(refresh, "connection_success")
    after = the_socket(minutes).credentials
    assert after.pool_claims is not None
    assert after.pool_claims.token == tokens["access"]


async def test_a_fresh_token_of_somebody_else_ends_a_socket(
    pool: RealPool, connect: Connect
) -> None:
    ours = pool.sign_in(pool.add("min@example.com", "tutors"))
    other = pool.sign_in(pool.add("other@example.com", "tutors"))
    socket = await connect(token=ours["id"])
    await socket.hears("connection_success")
    await socket.send({"type": "connection", "action": "refresh", "token": other["id"]})
    assert await socket.is_closed_with() == 4401


async def ticket_of(api: APIClient, token: str) -> str:
    call = db.write(api.post, "/api/realtime/ticket", HTTP_AUTHORIZATION=f"Bearer {token}")
    return str((await call).data["ticket"])


@USES
async def test_a_ticket_s_socket_is_held_to_the_token(
    pool: RealPool, connect: Connect, api: APIClient, use: str
) -> None:
    token = pool.sign_in(pool.add("min@example.com", "tutors"))[use]
    socket = await connect(ticket=await ticket_of(api, token))
    await socket.hears("connection_success")
    credentials = the_socket(await User.objects.aget()).credentials
    assert credentials.pool_claims is not None
    assert credentials.pool_claims.token == token
    assert credentials.expires_at == credentials.pool_claims.expires_at


async def test_the_tickets_table_gives_no_token_away(pool: RealPool, api: APIClient) -> None:
    from speaktracker.auth.models import Ticket

    token = pool.sign_in(pool.add("min@example.com", "tutors"))["id"]
    ticket = await ticket_of(api, token)
    row = await Ticket.objects.aget()
    kept = bytes(row.sealed_token or b"")
    assert kept
    for part in (token.encode(), token.split(".")[1].encode()[:40], ticket.encode()):
        assert part not in kept


# --- What ends at the pool ends here ----------------------------------------------------------


def test_a_sign_out_at_the_pool_ends_access_tokens(pool: RealPool, status_with: Status) -> None:
    username = pool.add("min@example.com", "tutors")
    token = pool.sign_in(username)["access"]
    assert status_with(token) == 200
    pool.client.global_sign_out(AccessToken=token)
    forget_answers()
    assert status_with(token) == 401
    assert status_with(pool.sign_in(username)["access"]) == 200
    # It has ended for good: nobody is asked about it again.
    forget_answers()
    assert status_with(token) == 401


@USES
@pytest.mark.parametrize("verb", ["admin_disable_user", "admin_delete_user"])
def test_whom_the_pool_disables_or_deletes_stays_out(
    pool: RealPool, status_with: Status, use: str, verb: str
) -> None:
    username = pool.add("min@example.com", "tutors")
    token = pool.sign_in(username)[use]
    assert status_with(token) == 200
    getattr(pool.client, verb)(UserPoolId=pool.id, Username=username)
    forget_answers()
    assert status_with(token) == 401


def test_whom_the_pool_enables_again_comes_back(pool: RealPool, status_with: Status) -> None:
    username = pool.add("min@example.com", "tutors")
    pool.sign_in(username)
    token = pool.sign_in(username)["id"]
    pool.client.admin_disable_user(UserPoolId=pool.id, Username=username)
    assert status_with(token) == 401
    pool.client.admin_enable_user(UserPoolId=pool.id, Username=username)
    forget_answers()
    assert status_with(pool.sign_in(username)["id"]) == 200


async def test_a_sign_out_at_the_pool_ends_live_sockets(pool: RealPool, connect: Connect) -> None:
    username = pool.add("min@example.com", "tutors")
    tokens = pool.sign_in(username)
    socket = await connect(token=tokens["access"])
    await socket.hears("connection_success")
    pool.client.admin_user_global_sign_out(UserPoolId=pool.id, Username=username)
    await is_closed_after_a_round(socket)


@USES
async def test_whom_the_pool_disables_loses_live_sockets(
    pool: RealPool, connect: Connect, api: APIClient, use: str
) -> None:
    username = pool.add("min@example.com", "tutors")
    token = pool.sign_in(username)[use]
    direct = await connect(token=token)
    by_ticket = await connect(ticket=await ticket_of(api, token))
    for socket in (direct, by_ticket):
        await socket.hears("connection_success")
    pool.client.admin_disable_user(UserPoolId=pool.id, Username=username)
    await is_closed_after_a_round(direct)
    assert await by_ticket.is_closed_with() == 4401


async def test_who_stands_at_the_pool_stays(pool: RealPool, connect: Connect) -> None:
    tokens = pool.sign_in(pool.add("min@example.com", "tutors"))
    sockets = [await connect(token=tokens[use]) for use in ("id", "access")]
    for socket in sockets:
        await socket.hears("connection_success")
    forget_answers()
    await follow_pool()
    for socket in sockets:
        await socket.ask({"type": "ping"}, "pong")


# --- A pool that does not answer ----------------------------------------------------------------


def test_a_pool_that_is_away_signs_nobody_out(
    pool: RealPool, status_with: Status, settings: Settings
) -> None:
    tokens = pool.sign_in(pool.add("min@example.com", "tutors"))
    assert status_with(tokens["id"]) == 200
    settings.COGNITO = replace(pool.config, endpoint="http://127.0.0.1:9")
    for use in ("id", "access"):
        assert status_with(tokens[use]) == 200


def test_an_access_token_never_met_waits_for_the_pool(
    pool: RealPool, status_with: Status, settings: Settings
) -> None:
    tokens = pool.sign_in(pool.add("min@example.com", "tutors"))
    settings.COGNITO = replace(pool.config, endpoint="http://127.0.0.1:9")
    assert status_with(tokens["access"]) == 503


@pytest.mark.parametrize("check", ["tokens", "off"])
def test_what_is_not_to_be_asked_is_not(
    pool: RealPool, status_with: Status, settings: Settings, check: str
) -> None:
    username = pool.add("min@example.com", "tutors")
    tokens = pool.sign_in(username)
    settings.COGNITO = replace(pool.config, check=check)
    pool.client.admin_disable_user(UserPoolId=pool.id, Username=username)
    assert status_with(tokens["id"]) == 200
    assert status_with(tokens["access"]) == (200 if check == "off" else 401)


def test_without_aws_credentials_access_tokens_are_asked_about_still(
    pool: RealPool, status_with: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    username = pool.add("min@example.com", "tutors")
    tokens = pool.sign_in(username)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    pool.client.admin_disable_user(UserPoolId=pool.id, Username=username)
    assert status_with(tokens["id"]) == 200
    assert status_with(tokens["access"]) == 401


def test_nothing_of_a_token_is_logged(
    pool: RealPool, status_with: Status, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    tokens = pool.sign_in(pool.add("min@example.com", "tutors"))
    for use in ("id", "access"):
        assert status_with(tokens[use]) == 200
        assert status_with(tokens[use] + "x") == 401
    written = caplog.text
    for token in tokens.values():
        assert token not in written
        assert token.split(".")[2] not in written
