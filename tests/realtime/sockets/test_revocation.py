"""SPEC.md sections 1 and 2: whoever makes a change, and however, live sockets follow it."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import timezone

from realtime import change_follower
from speaktracker import db
from speaktracker.roster.models import TutorStudent, User
from tests.realtime.conftest import Connect, person
from tests.realtime.inside import the_socket
from tests.realtime.messages import becomes, feedback, status
from tests.socket_client import SocketClient, bearer

ON_EVERY_SERVER = True
# The contract says two seconds; the rest is for a machine that is busy with other tests.
WITHIN_SECONDS = 30
PAGE = {"Host": "testserver", "Origin": "http://testserver"}
Change = Callable[[User, str, Any], object]


def run_sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def save(one: User, field: str, value: Any) -> None:
    setattr(one, field, value)
    one.save()


def save_in_admin(one: User, field: str, value: Any) -> None:
    staff = User.objects.create_superuser(f"staff{time.time_ns()}@example.com", "a long password")
    browser = Client()
    browser.force_login(staff)
    page = f"/admin/roster/user/{one.pk}/"
    if field == "password":
        form = {"password1": "쓸 만한 새 비밀번호", "password2": "쓸 만한 새 비밀번호"}
        answer = browser.post(f"{page}password/", form)
    else:
        form = {"email": one.email, "name": one.name, "user_type": one.user_type or ""}
        form |= {"is_active": "on", field: value or ""}
        answer = browser.post(f"{page}change/", form)
    assert answer.status_code == 302, answer.content.decode()


PATHS: dict[str, Change] = {
    "save": save,
    "update": lambda one, field, value: User.objects.filter(pk=one.pk).update(**{field: value}),
    "sql": lambda one, field, value: run_sql(
        f"UPDATE roster_user SET {field} = %s WHERE id = %s",
        value,
        one.pk,
    ),
    "admin": save_in_admin,
}


async def closes(socket: SocketClient) -> int:
    """Wait for the close, which must come in time; return its code."""
    async with asyncio.timeout(WITHIN_SECONDS):
        return await socket.is_closed_with()


@pytest.mark.parametrize("path", PATHS, ids=lambda name: name)
@pytest.mark.parametrize("field", ["password", "is_active"])
async def test_a_socket_ends_with_its_credentials(
    dashboard: SocketClient, practice: SocketClient, student: User, field: str, path: str
) -> None:
    await db.write(PATHS[path], student, field, "another" if field == "password" else False)
    assert await closes(practice) == 4401
    await dashboard.ask({"type": "ping"}, "pong")


@pytest.mark.parametrize("path", ["save", "update", "sql"])
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("user_type", None, 4403),
        ("user_type", "student", 4401),
        ("is_staff", True, 4401),
        ("is_superuser", True, 4401),
        ("credentials_version", F("credentials_version") + 1, 4401),
        ("email", "another@example.com", 4401),
    ],
)
async def test_a_tutors_dashboard_ends_with_the_role(
    connect: Connect, other_tutor: User, field: str, value: Any, code: int, path: str
) -> None:
    dashboard = await connect(other_tutor)
    await dashboard.sees("broadcast_all")
    if field == "credentials_version" and path != "update":
        path, value = "sql", 1
    await db.write(PATHS[path], other_tutor, field, value)
    assert await closes(dashboard) == code


async def test_a_person_deleted_by_sql_is_closed(connect: Connect, other_tutor: User) -> None:
    dashboard = await connect(other_tutor)
    await dashboard.sees("broadcast_all")

    def delete() -> None:
        run_sql("DELETE FROM realtime_connection WHERE user_id = %s", other_tutor.pk)
        run_sql("DELETE FROM roster_user WHERE id = %s", other_tutor.pk)

    await db.write(delete)
    assert await closes(dashboard) == 4499


async def test_a_change_while_a_socket_opens_ends_it(connect: Connect, other_tutor: User) -> None:
    await db.write(PATHS["sql"], other_tutor, "password", "before it was asked for")
    fresh = await User.objects.aget(pk=other_tutor.pk)
    opening = await connect(headers=bearer(fresh))
    await db.write(PATHS["sql"], other_tutor, "password", "while it opens")
    assert await closes(opening) == 4401


# --- Sessions -----------------------------------------------------------------------------------


def sign_in(one: User) -> str:
    browser = Client()
    browser.force_login(one)
    return browser.cookies["sessionid"].value


async def opened_by(connect: Connect, session_key: str) -> SocketClient:
    socket = await connect(headers={**PAGE, "Cookie": f"sessionid={session_key}"})
    await socket.hears("connection_success")
    return socket


@pytest.mark.parametrize(
    "end",
    [
        lambda key: Session.objects.filter(pk=key).delete(),
        lambda key: run_sql("DELETE FROM django_session WHERE session_key = %s", key),
        lambda key: run_sql(
            "UPDATE django_session SET expire_date = '2020-01-01' WHERE session_key = %s", key
        ),
        lambda key: run_sql(
            "UPDATE django_session SET session_key = 'another' WHERE session_key = %s", key
        ),
    ],
)
async def test_a_socket_ends_with_its_session_alone(
    connect: Connect, tutor: User, end: Callable[[str], object]
) -> None:
    keys = [await db.write(sign_in, tutor) for _ in range(2)]
    ending, staying = [await opened_by(connect, key) for key in keys]
    by_token = await connect(tutor)
    await by_token.hears("connection_success")
    await db.write(end, keys[0])
    assert await closes(ending) == 4401
    for socket in (staying, by_token):
        await socket.ask({"type": "ping"}, "pong")


def expire(key: str, seconds: float) -> None:
    end = timezone.now() + timedelta(seconds=seconds)
    Session.objects.filter(pk=key).update(expire_date=end)


async def test_a_session_that_expires_closes_its_sockets(connect: Connect, tutor: User) -> None:
    key = await db.write(sign_in, tutor)
    await db.write(expire, key, 4)  # by when the socket is open on a busy machine, too
    socket = await opened_by(connect, key)
    await socket.sees("broadcast_all")
    assert await socket.hears_nothing()
    assert await socket.is_closed_with() == 4401


async def test_a_session_that_was_prolonged_meanwhile_closes_nothing(
    connect: Connect, tutor: User
) -> None:
    key = await db.write(sign_in, tutor)
    await db.write(expire, key, 60)
    socket = await opened_by(connect, key)
    await becomes(lambda: _next_look_is_within(tutor, 0, 60), True)
    await db.write(expire, key, 3_600)
    the_socket(tutor).recheck_at = time.monotonic()  # as if that minute had passed
    await becomes(lambda: _next_look_is_within(tutor, 60, 3_600), True)
    await socket.ask({"type": "ping"}, "pong")


async def _next_look_is_within(one: User, after: float, before: float) -> bool:
    return after < the_socket(one).recheck_at - time.monotonic() <= before


# --- Who teaches whom ---------------------------------------------------------------------------

MOVES: dict[str, Callable[[User, User], object]] = {
    "update": lambda student, tutor: TutorStudent.objects.filter(student=student).update(
        tutor=tutor
    ),
    "sql": lambda student, tutor: run_sql(
        "UPDATE roster_tutorstudent SET tutor_id = %s WHERE student_id = %s", tutor.pk, student.pk
    ),
}


@pytest.mark.parametrize("path", MOVES, ids=lambda name: name)
async def test_a_student_moved_by_whomever_is_heard_by_the_new_tutor_alone(
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    other_tutor: User,
    path: str,
) -> None:
    other = await connect(other_tutor)
    await other.sees("broadcast_all")
    await db.write(MOVES[path], student, other_tutor)
    await dashboard.sees("student_left", student_email=student.email, reason="removed")
    assert (await dashboard.sees("broadcast_all"))["students"] == []
    await other.sees("student_joined", student_email=student.email)
    await practice.ask(status("paused", message_id="1"), "ack")
    await other.sees("update", status="paused")
    assert await dashboard.hears_nothing()


async def test_a_mapping_deleted_by_sql_ends_what_its_tutor_hears_and_may_say(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await db.write(run_sql, "DELETE FROM roster_tutorstudent")
    refused = await dashboard.ask(feedback(student), "message_error")
    assert refused["code"] == "FORBIDDEN"
    await dashboard.sees("student_left", student_email=student.email, reason="removed")
    await practice.ask(status(message_id="1"), "message_error", code="TUTOR_NOT_FOUND")
    assert (await dashboard.sees("broadcast_all"))["students"] == []
    assert await dashboard.hears_nothing()


async def test_an_offline_student_mapped_by_sql_appears_and_goes(
    dashboard: SocketClient, tutor: User
) -> None:
    newcomer = await db.write(person, "student", 9)
    insert = (
        "INSERT INTO roster_tutorstudent (student_id, tutor_id, changed_at) VALUES (%s, %s, %s)"
    )
    await db.write(run_sql, insert, newcomer.pk, tutor.pk, timezone.now().isoformat(" "))
    shown = (await dashboard.sees("broadcast_all"))["students"]
    assert newcomer.email in {one["student_email"] for one in shown}
    await db.write(run_sql, "DELETE FROM roster_tutorstudent WHERE student_id = %s", newcomer.pk)
    shown = (await dashboard.sees("broadcast_all"))["students"]
    assert newcomer.email not in {one["student_email"] for one in shown}


async def test_feedback_given_before_a_mapping_ended_still_arrives_once(
    connect: Connect, dashboard: SocketClient, student: User, other_tutor: User
) -> None:
    await dashboard.ask(feedback(student, "kept for you"), "message_error")
    await db.write(MOVES["sql"], student, other_tutor)
    first = await connect(student)
    await first.hears("feedback", message="kept for you")
    await first.ask({"type": "ping"}, "pong")
    second = await connect(student)
    await second.hears("connection_success")
    assert await second.hears_nothing()


# --- A tutor who may not sign in is nobody's tutor ----------------------------------------------


@pytest.mark.parametrize("path", ["save", "update", "sql"])
async def test_students_of_a_deactivated_tutor_have_none_until_the_tutor_is_back(
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    tutor: User,
    path: str,
) -> None:
    await db.write(PATHS[path], tutor, "is_active", False)
    assert await closes(dashboard) == 4401
    await becomes(lambda: _has_a_tutor(student), False)
    await practice.ask(status(message_id="1"), "message_error", code="TUTOR_NOT_FOUND")
    refused = await connect(student)
    await refused.hears("connection_error", code="TUTOR_NOT_FOUND")
    assert await refused.is_closed_with() == 4404
    await db.write(PATHS[path], tutor, "is_active", True)
    await becomes(lambda: _has_a_tutor(student), True)
    back = await connect(await User.objects.aget(pk=tutor.pk))
    shown = (await back.sees("broadcast_all"))["students"]
    assert [one["online"] for one in shown] == [True]
    await practice.ask(status("paused", message_id="2"), "ack")
    await back.sees("update", status="paused")


async def _has_a_tutor(student: User) -> bool:
    return the_socket(student).tutor is not None


# --- What the log does not tell -----------------------------------------------------------------


async def test_everybody_is_looked_at_now_and_then_whatever_the_log_says(
    monkeypatch: pytest.MonkeyPatch, connect: Connect, other_tutor: User
) -> None:
    monkeypatch.setattr(change_follower, "COMPLETE_SECONDS", 0.5)
    dashboard = await connect(other_tutor)
    await dashboard.sees("broadcast_all")

    def change_unlogged() -> None:
        User.objects.filter(pk=other_tutor.pk).update(is_active=False)
        run_sql("DELETE FROM roster_rosterchange")

    await db.write(change_unlogged)
    assert await dashboard.is_closed_with() == 4401
