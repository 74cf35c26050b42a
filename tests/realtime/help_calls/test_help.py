"""SPEC.md sections 2.1 and 2.2: a student asks for help, and what becomes of it."""

from typing import Any

import pytest

from realtime.help_calls import services
from realtime.models import Presence
from speaktracker import db
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.messages import feedback, status
from tests.realtime.sockets.test_live_dashboard import snapshot
from tests.socket_client import SocketClient

ON_EVERY_SERVER = True
ASK = {"type": "help", "action": "ask"}
WITHDRAW = {"type": "help", "action": "withdraw"}


def seen(student: User, **fields: Any) -> dict[str, Any]:
    """Write what a dashboard sends once its tutor has looked at the question."""
    return {
        "type": "dashboard",
        "action": "help_seen",
        "student_email": student.email,
        **fields,
    }


async def test_a_question_stands_on_the_dashboard_and_is_confirmed_to_the_student(
    dashboard: SocketClient, practice: SocketClient
) -> None:
    await practice.send({**ASK, "note": " 3번 문장 ", "message_id": "h1"})
    told = await practice.hears("help", state="asked")
    await practice.hears("ack", message_id="h1")
    data = await dashboard.sees("update")
    assert data["help"] == {"asked_at": told["timestamp"], "note": "3번 문장", "seen_at": None}
    assert data["status"] == "idle"


async def test_all_tabs_of_the_student_follow_it(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    tab = await connect(student)
    await practice.send(ASK)
    await tab.hears("help", state="asked")
    await dashboard.send(seen(student))
    for socket in (practice, tab):
        await socket.hears("help", state="seen")
    await tab.send(WITHDRAW)
    for socket in (practice, tab):
        await socket.hears("help", state="withdrawn")


async def test_asking_twice_keeps_the_first_time(
    dashboard: SocketClient, practice: SocketClient
) -> None:
    first = await practice.ask(ASK, "help")
    again = await practice.ask({**ASK, "note": "still"}, "help")
    assert again["timestamp"] == first["timestamp"]
    data = await dashboard.sees("update", help={**help_of(first), "note": "still"})
    assert data["help"]["asked_at"] == first["timestamp"]


def help_of(frame: dict[str, Any]) -> dict[str, Any]:
    """Show as dashboards do what a `help` frame said first."""
    return {"asked_at": frame["timestamp"], "note": "", "seen_at": None}


async def test_feedback_answers_it(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await practice.ask(ASK, "help")
    await dashboard.send(feedback(student))
    await practice.hears("help", state="answered")
    await practice.hears("feedback")
    await dashboard.sees("update", help=None)


async def test_feedback_to_who_does_not_ask_says_nothing_of_help(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await dashboard.send(feedback(student))
    await practice.hears("feedback")
    assert await practice.hears_nothing()


async def test_it_survives_a_reload(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    asked = await practice.ask(ASK, "help")
    await dashboard.send(seen(student))
    told = await practice.hears("help", state="seen")
    await practice.close()
    again = await connect(student)
    assert await again.hears("help", state="seen") == told
    assert (await snapshot(dashboard))[student.email]["help"]["asked_at"] == asked["timestamp"]


async def test_it_ends_when_the_student_finishes(
    dashboard: SocketClient, practice: SocketClient
) -> None:
    await practice.ask(ASK, "help")
    await practice.send(status("finished"))
    await practice.hears("help", state="withdrawn")
    assert (await dashboard.sees("student_left"))["help"] is None


async def test_it_ends_with_a_leave(
    short_grace: None,
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
) -> None:
    await practice.ask(ASK, "help")
    await practice.close()
    assert (await dashboard.sees("student_left"))["help"] is None
    again = await connect(student)
    await again.hears("connection_success")
    assert (await dashboard.sees("student_joined"))["help"] is None
    assert await again.hears_nothing()


async def test_who_is_not_in_class_cannot_ask(practice: SocketClient) -> None:
    await practice.send(status("finished"))
    refused = await practice.ask(ASK, "message_error")
    assert (refused["code"], refused["path"]) == ("FORBIDDEN", "$.action")


async def test_a_status_shows_what_it_does_not_say_itself(
    dashboard: SocketClient, practice: SocketClient
) -> None:
    asked = await practice.ask(ASK, "help")
    await practice.send(status(progress=45, current_sentence="Hello"))
    data = await dashboard.sees("update", progress=45)
    assert data["help"] == help_of(asked)


async def test_a_question_shows_what_was_said_just_before(
    dashboard: SocketClient, practice: SocketClient
) -> None:
    await practice.send(status(progress=44))
    await practice.send(status(progress=45))
    await practice.send(ASK)
    data = await dashboard.sees("update", help=help_of(await practice.hears("help")))
    assert data["progress"] == 45


async def test_what_others_make_of_it_takes_no_status_back(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await practice.ask(ASK, "help")
    for progress in (44, 45):
        await practice.send(status(progress=progress))
    await dashboard.sees("update", progress=45)
    await dashboard.send(seen(student))
    await practice.hears("help", state="seen")
    shown = (await snapshot(dashboard))[student.email]
    assert (shown["progress"], shown["help"]["seen_at"] is not None) == (45, True)


async def test_news_that_was_lost_comes_with_the_next_status(
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    tutor: User,
) -> None:
    await practice.ask(ASK, "help")
    await lose(services.see, tutor.pk, student.email)
    await practice.send(status(progress=45))
    await practice.hears("help", state="seen")
    assert (await snapshot(dashboard))[student.email]["help"]["seen_at"]


async def test_news_that_was_lost_is_read_again(
    quick_checks: None,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
) -> None:
    await practice.ask(ASK, "help")
    await lose(services.answer, student.pk)
    await practice.hears("help", state="answered")
    await dashboard.sees("update", help=None)


async def lose(change: Any, *args: Any) -> None:
    """Change something in SQL of which nobody is told, as when the layer is away."""
    assert await db.write(change, *args)


@pytest.mark.parametrize("whose", ["other_student_of_another", "nobody@example.com"])
async def test_only_own_students_are_seen(
    dashboard: SocketClient, other_tutor: User, whose: str
) -> None:
    refused = await dashboard.ask(
        {"type": "dashboard", "action": "help_seen", "student_email": whose}, "message_error"
    )
    assert (refused["code"], refused["path"]) == ("FORBIDDEN", "$.student_email")


async def test_whose_question_was_seen_must_be_said(dashboard: SocketClient) -> None:
    refused = await dashboard.ask({"type": "dashboard", "action": "help_seen"}, "message_error")
    assert (refused["code"], refused["path"]) == ("INVALID_MESSAGE", "$.student_email")


@pytest.mark.parametrize("note", ["가" * 201, 5, None])
async def test_a_note_is_a_short_text(practice: SocketClient, note: Any) -> None:
    refused = await practice.ask({**ASK, "note": note}, "message_error")
    assert (refused["code"], refused["path"]) == ("INVALID_MESSAGE", "$.note")


async def test_a_withdrawal_of_nothing_is_harmless(practice: SocketClient, student: User) -> None:
    await practice.ask(WITHDRAW, "help")
    row = await Presence.objects.aget(pk=student.pk)
    assert row.help_state == ""
