"""A shared computer's session: what keeps it of what its sockets do, and that it ends them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from realtime.per_process.process_state import this_process
from realtime.shared_sessions import note_session_uses
from speaktracker import db
from speaktracker.clock import now
from speaktracker.exceptions import DatabaseAway
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.inside import the_socket
from tests.realtime.messages import feedback, status
from tests.socket_client import SocketClient

ON_EVERY_SERVER = True
PAGE = {"Host": "testserver", "Origin": "http://testserver"}
PASSWORD = "correct horse battery staple"
LEFT = timedelta(minutes=5)
USES: list[tuple[dict[str, Any], str, bool]] = [
    (status("studying", message_id="1"), "ack", True),
    (status("paused", message_id="1"), "ack", True),
    (status("idle", message_id="1"), "ack", False),
    ({"type": "ping"}, "pong", False),
    (
        {
            "type": "connection",
            "action": "connect",
            "user_email": "student1@example.com",
            "user_type": "student",
            "timestamp": "x",
        },
        "connection_success",
        False,
    ),
    (status("no such", message_id="1"), "message_error", False),
]


def sign_in(one: User) -> str:
    """Sign in at a shared computer that was left idle until five minutes before the end."""
    one.set_password(PASSWORD)
    one.save()
    browser = Client()
    form = {"username": one.email, "password": PASSWORD, "shared_computer": "on"}
    assert browser.post("/login/", form).status_code == 302
    key = browser.cookies["sessionid"].value
    Session.objects.filter(pk=key).update(expire_date=now() + LEFT)
    return key


def end_of(key: str) -> datetime:
    return Session.objects.get(pk=key).expire_date


async def opened_by(connect: Connect, key: str) -> SocketClient:
    socket = await connect(headers={**PAGE, "Cookie": f"sessionid={key}"})
    await socket.hears("connection_success")
    return socket


@pytest.mark.parametrize(("message", "answer", "is_use"), USES)
async def test_what_a_person_does_keeps_the_session(
    connect: Connect, student: User, message: dict[str, Any], answer: str, is_use: bool
) -> None:
    key = await db.write(sign_in, student)
    socket = await opened_by(connect, key)
    await socket.ask(message, answer)
    await note_session_uses()
    assert (await db.read(end_of, key) > now() + 2 * LEFT) is is_use
    assert not this_process().session_uses


async def test_what_a_person_did_just_before_they_left_keeps_the_session(
    connect: Connect, student: User
) -> None:
    key = await db.write(sign_in, student)
    socket = await opened_by(connect, key)
    await socket.ask(status("studying", message_id="1"), "ack")
    await socket.close()
    await note_session_uses()
    assert await db.read(end_of, key) > now() + 2 * LEFT


async def test_uses_that_could_not_be_noted_wait_for_the_next_time(
    student: User, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    key = await db.write(sign_in, student)
    process, at = this_process(), now()
    process.session_uses[key] = at

    async def away(*_arguments: Any) -> None:
        process.session_uses["another"] = at  # what is done meanwhile
        raise DatabaseAway("away")

    with monkeypatch.context() as patched:
        patched.setattr(db, "write", away)
        with pytest.raises(DatabaseAway):
            await note_session_uses()
    assert process.session_uses == {key: at, "another": at}
    await note_session_uses()
    assert await db.read(end_of, key) > now() + 2 * LEFT


async def test_what_a_tutor_gives_keeps_the_session_and_what_comes_does_not(
    connect: Connect, practice: SocketClient, student: User, tutor: User
) -> None:
    key = await db.write(sign_in, tutor)
    socket = await opened_by(connect, key)
    await socket.sees("broadcast_all")
    await practice.ask(status("paused", message_id="1"), "ack")
    await socket.sees("update", status="paused")
    await note_session_uses()
    assert await db.read(end_of, key) < now() + LEFT
    await socket.ask(feedback(student), "feedback_status")
    await note_session_uses()
    assert await db.read(end_of, key) > now() + 2 * LEFT


async def test_a_socket_by_ticket_counts_as_well(connect: Connect, student: User) -> None:
    key = await db.write(sign_in, student)

    def ask() -> str:
        browser = Client()
        browser.cookies["sessionid"] = key
        return str(browser.post("/api/realtime/ticket").json()["ticket"])

    socket = await connect(ticket=await db.write(ask))
    await socket.hears("connection_success")
    assert the_socket(student).credentials.session_is_shared


async def test_a_socket_left_idle_ends_with_its_session(
    connect: Connect, student: User, limits: Callable[..., None]
) -> None:
    key = await db.write(sign_in, student)

    def is_over_soon() -> None:
        Session.objects.filter(pk=key).update(expire_date=now() + timedelta(seconds=4))

    await db.write(is_over_soon)
    socket = await opened_by(connect, key)
    await socket.ask({"type": "ping"}, "pong")
    assert await socket.is_closed_with() == 4401
