"""Staff disconnect somebody and say why: who is disconnected reads it, and it is kept."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from realtime.models import Connection
from speaktracker import db
from speaktracker.roster.models import User
from tests.realtime.inside import the_socket
from tests.socket_client import SocketClient

PAGE = "/admin/realtime/connection/"
REASON = "자리에 앉아 주세요."
RIGHTS = ("view_connection", "delete_connection")


def staff_with(*rights: str) -> Client:
    """Sign in somebody with these rights, who reads English."""
    staff = User.objects.create_user("staff@example.com", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=rights))
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(staff)
    return browser


def sends(connection_id: str, rights: tuple[str, ...] = RIGHTS, **form: Any) -> str:
    """Choose a connection in the list, and send the form; answers the page that comes of it."""
    form = {"action": "close_connections", "_selected_action": connection_id, **form}
    return staff_with(*rights).post(PAGE, form, follow=True).content.decode()


async def test_who_is_disconnected_is_told_why(practice: SocketClient, student: User) -> None:
    chosen = the_socket(student).connection_id
    page = await db.write(sends, chosen, reason=f"  {REASON}\n")
    assert "1 connection is being closed." in page
    assert await practice.is_closed_with() == 4499
    assert practice.close_reason == REASON


async def test_the_history_says_who_was_disconnected_and_why(
    practice: SocketClient, student: User
) -> None:
    chosen = the_socket(student).connection_id
    await db.write(sends, chosen, reason=REASON)
    written = LogEntry.objects.values_list("object_id", "change_message")
    assert {entry async for entry in written} == {
        (chosen, f"Disconnected: {REASON}"),
        (str(student.pk), f"Disconnected: {REASON}"),
    }


async def test_the_log_says_why(
    practice: SocketClient, student: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "speaktracker")
    await db.write(sends, the_socket(student).connection_id, reason=REASON)
    await practice.is_closed_with()
    await practice.close()
    closed = [vars(record) for record in caplog.records if vars(record).get("close_code")]
    assert [(line["close_code"], line["reason"]) for line in closed] == [(4499, REASON)]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Nothing has happened yet."),
        ({"reason": " \n "}, "This field is required."),
        ({"reason": "\u200b\x07"}, "Say why."),
        ({"reason": "가" * 42}, "This is too long."),
    ],
)
async def test_nobody_is_disconnected_without_a_reason_that_fits(
    practice: SocketClient, student: User, form: dict[str, Any], sentence: str
) -> None:
    page = await db.write(sends, the_socket(student).connection_id, **form)
    assert sentence in page
    assert (await practice.ask({"type": "ping"}, "pong"))["type"] == "pong"


async def test_who_may_only_look_disconnects_nobody(practice: SocketClient, student: User) -> None:
    chosen = the_socket(student).connection_id
    page = await db.write(sends, chosen, ("view_connection",), reason=REASON)
    assert "You may not disconnect anybody." in page
    assert await Connection.objects.filter(pk=chosen).aexists()


async def test_everybody_of_a_filter_is_disconnected(
    practice: SocketClient, dashboard: SocketClient, student: User
) -> None:
    chosen = the_socket(student).connection_id
    page = await db.write(sends, chosen, select_across="1", reason=REASON)
    assert "2 connections are being closed." in page
    assert (await practice.is_closed_with(), await dashboard.is_closed_with()) == (4499, 4499)
