"""SPEC.md section 2: a socket ends with what it was opened with, and opens with nothing older."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db.models import F
from django.test import Client

from speaktracker import db
from speaktracker.auth import tickets, tokens
from speaktracker.auth.credentials import Credentials
from speaktracker.auth.models import RefreshFamily
from speaktracker.auth.validity import refresh_families, services
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.inside import the_socket
from tests.socket_client import SocketClient

ON_EVERY_SERVER = True

PAGE = {"Host": "testserver", "Origin": "http://testserver"}
PING = {"type": "ping"}


def _browser(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def _cookie(browser: Client) -> dict[str, str]:
    return {**PAGE, "Cookie": f"sessionid={browser.cookies['sessionid'].value}"}


def _raise_version(person: User) -> None:
    User.objects.filter(pk=person.pk).update(credentials_version=F("credentials_version") + 1)


async def stands(socket: SocketClient) -> None:
    await socket.ask(PING, "pong")


async def is_ended(socket: SocketClient) -> None:
    await socket.hears("connection_error", code="INVALID_CREDENTIALS")
    assert await socket.is_closed_with() == 4401


async def test_signing_out_ends_the_sockets_of_that_session_alone(
    connect: Connect, student: User
) -> None:
    left, stays = [await db.write(_browser, student) for _ in range(2)]
    ending = [await connect(headers=_cookie(left)) for _ in range(2)]
    others = [await connect(headers=_cookie(stays)), await connect(student)]
    for socket in (*ending, *others):
        await socket.hears("connection_success")
    await sync_to_async(left.post)("/logout/")
    for socket in ending:
        await is_ended(socket)
    for socket in others:
        await stands(socket)
    await is_ended(await connect(headers=_cookie(left)))


@pytest.mark.parametrize("way", ["page", "api by session", "api by token"])
async def test_signing_out_everywhere_ends_all(connect: Connect, student: User, way: str) -> None:
    browser, token = await db.write(_browser, student), tokens.issue(student)
    ticket = await db.write(tickets.issue, student)
    sockets = [
        await connect(headers=_cookie(browser)),
        await connect(token=token),
        await connect(ticket=await db.write(tickets.issue, student)),
    ]
    for socket in sockets:
        await socket.hears("connection_success")
    path = "/logout/everywhere/" if way == "page" else "/api/auth/sign-out-everywhere"
    if way == "api by token":
        header = {"Authorization": f"Bearer {token}"}
        answer = await sync_to_async(Client().post)(path, headers=header)
    else:
        answer = await sync_to_async(browser.post)(path)
    assert answer.status_code == (302 if way == "page" else 204)
    for socket in sockets:
        await is_ended(socket)
    for again in ({"headers": _cookie(browser)}, {"token": token}, {"ticket": ticket}):
        await is_ended(await connect(**again))


async def test_nobody_else_is_signed_out(
    connect: Connect, student: User, other_student: User
) -> None:
    socket = await connect(other_student)
    await socket.hears("connection_success")
    await db.write(services.sign_out_everywhere, [student.pk])
    await stands(socket)


async def test_a_token_of_an_older_version_opens_nothing_and_refreshes_nothing(
    connect: Connect, student: User
) -> None:
    old = tokens.issue(student)
    await db.write(_raise_version, student)
    await is_ended(await connect(token=old))
    fresh = await User.objects.aget(pk=student.pk)
    socket = await connect(fresh)
    await socket.hears("connection_success")
    assert the_socket(student).credentials.version == 1
    await socket.send({"type": "connection", "action": "refresh", "token": old})
    await is_ended(socket)


async def test_a_refresh_token_used_twice_ends_the_sockets_of_its_sign_in_alone(
    connect: Connect, student: User
) -> None:
    stolen, own = [await db.write(refresh_families.begin, student) for _ in range(2)]
    ending, staying = await connect(token=stolen.access), await connect(token=own.access)
    for socket in (ending, staying):
        await socket.hears("connection_success")
    for _ in range(2):
        body = {"refresh": stolen.refresh}
        await sync_to_async(Client().post)("/api/auth/token/refresh", body, "application/json")
    await is_ended(ending)
    await stands(staying)
    await is_ended(await connect(token=stolen.access))


async def test_an_api_client_signs_out_with_its_token(connect: Connect, student: User) -> None:
    pair = await db.write(refresh_families.begin, student)
    socket = await connect(token=pair.access)
    await socket.hears("connection_success")
    header = {"Authorization": f"Bearer {pair.access}"}
    sign_out = sync_to_async(Client().post)
    assert (await sign_out("/api/auth/sign-out", headers=header)).status_code == 204
    await is_ended(socket)
    assert (await sign_out("/api/auth/sign-out", headers=header)).status_code == 401
    assert (await RefreshFamily.objects.aget()).ended_at is not None


async def test_a_ticket_hands_on_what_it_was_asked_with(connect: Connect, student: User) -> None:
    browser = await db.write(_browser, student)
    by_session = (await sync_to_async(browser.post)("/api/realtime/ticket")).json()["ticket"]
    socket = await connect(ticket=by_session)
    await socket.hears("connection_success")
    assert the_socket(student).credentials.session_key == browser.cookies["sessionid"].value
    await sync_to_async(browser.post)("/logout/")
    await is_ended(socket)


async def test_a_socket_of_a_ticket_expires_with_the_token_that_asked_for_it(
    connect: Connect, student: User
) -> None:
    token = tokens.issue(student)
    header = {"Authorization": f"Bearer {token}"}
    asked = await sync_to_async(Client().post)("/api/realtime/ticket", headers=header)
    socket = await connect(ticket=asked.json()["ticket"])
    await socket.hears("connection_success")
    assert the_socket(student).credentials == tokens.verify(token)


async def test_a_ticket_opens_nothing_once_its_session_is_gone(
    connect: Connect, student: User
) -> None:
    browser = await db.write(_browser, student)
    ticket = (await sync_to_async(browser.post)("/api/realtime/ticket")).json()["ticket"]
    await Session.objects.all().adelete()
    await is_ended(await connect(ticket=ticket))


async def test_a_fresh_token_does_not_free_a_socket_from_its_session(
    connect: Connect, student: User
) -> None:
    browser = await db.write(_browser, student)
    socket = await connect(headers=_cookie(browser))
    await socket.hears("connection_success")
    refresh = {"type": "connection", "action": "refresh", "token": tokens.issue(student)}
    await socket.ask(refresh, "connection_success")
    await sync_to_async(browser.post)("/logout/")
    await is_ended(socket)


async def test_the_record_names_the_version_and_nothing_secret(
    connect: Connect, student: User
) -> None:
    browser = await db.write(_browser, student)
    await (await connect(headers=_cookie(browser))).hears("connection_success")
    key = browser.cookies["sessionid"].value
    stored: list[Any] = [row async for row in student.connections.values()]
    assert stored[0]["credentials_version"] == 0
    assert key not in str(stored)
    assert key not in repr(Credentials(1, 0, session_key=key))
