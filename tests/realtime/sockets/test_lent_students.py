"""A substitute's dashboard: who is lent stands beside their own, and is as live as they are."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from feedback.models import Feedback
from realtime.models import Connection, Presence
from realtime.sockets.open_sockets import open_sockets
from speaktracker import db
from speaktracker.roster.loans import services
from speaktracker.roster.loans.models import Extent, Loan
from speaktracker.roster.loans.services import LoanDraft
from speaktracker.roster.models import TutorStudent, User
from tests.realtime.conftest import Connect, assign
from tests.realtime.giving import give
from tests.realtime.messages import feedback, status
from tests.roster.school_calendar import FRIDAY, MONDAY, SATURDAY, DayIs
from tests.socket_client import SocketClient

Lend = Callable[..., Awaitable[Loan]]
LENT_BY = {"tutor_email": "tutor1@example.com", "tutor_name": "tutor 1", "until": "2026-03-06"}
HELP = {"type": "help", "action": "ask"}
SEEN = {"type": "dashboard", "action": "help_seen"}


@pytest.fixture
def lend(tutor: User, other_tutor: User, day_is: DayIs) -> Lend:
    """Lend the students of `tutor` to `other_tutor`, until Friday unless something else is said."""
    draft = LoanDraft(tutor.pk, other_tutor.pk, MONDAY, FRIDAY)

    async def make(**changes: Any) -> Loan:
        return await db.write(services.lend, replace(draft, **changes))

    return make


async def shown(socket: SocketClient) -> dict[str, Any]:
    """Receive the next snapshot, and say by whom each of its students is lent."""
    frame = await socket.hears("dashboard", action="broadcast_all")
    return {one["student_email"]: one.get("lent_by") for one in frame["data"]["students"]}


@pytest.fixture
async def substitute(
    connect: Connect, lend: Lend, student: User, other_tutor: User
) -> SocketClient:
    """The dashboard of who has all students of `tutor` until Friday, its snapshot received."""
    await lend()
    socket = await connect(other_tutor)
    assert await shown(socket) == {student.email: LENT_BY}
    return socket


async def test_who_is_lent_is_live_and_marked_in_every_frame(
    connect: Connect, substitute: SocketClient, student: User, other_tutor: User
) -> None:
    practice = await connect(student)
    joined = await substitute.hears("dashboard", action="student_joined")
    await practice.send(status(current_sentence="Hello"))
    update = await substitute.hears("dashboard", action="update")
    await practice.send(status(status="finished"))
    left = await substitute.hears("dashboard", action="student_left")
    assert update["data"]["current_sentence"] == "Hello"
    assert [frame["data"]["lent_by"] for frame in (joined, update, left)] == [LENT_BY] * 3
    assert {frame["target_tutor_email"] for frame in (joined, update, left)} == {other_tutor.email}


async def test_a_dashboard_that_batches_marks_them_too(
    connect: Connect, lend: Lend, student: User, other_tutor: User
) -> None:
    await lend()
    batching = await connect(other_tutor, batch="1")
    await shown(batching)
    practice = await connect(student)
    await practice.send(status())
    await batching.sees("update", student_email=student.email, lent_by=LENT_BY)


async def test_the_responsible_tutor_goes_on_seeing_as_before(
    connect: Connect, substitute: SocketClient, student: User, tutor: User
) -> None:
    dashboard = await connect(tutor)
    assert await shown(dashboard) == {student.email: None}
    await connect(student)
    assert "lent_by" not in await dashboard.sees("student_joined")
    presence = await Presence.objects.aget(pk=student.pk)
    record = await Connection.objects.aget(user=student)
    assert (presence.tutor_id, record.tutor_email) == (tutor.pk, tutor.email)


async def test_the_substitute_s_feedback_goes_out_in_their_own_name(
    connect: Connect, substitute: SocketClient, student: User, tutor: User, other_tutor: User
) -> None:
    practice = await connect(student)
    welcome = await practice.hears("connection_success")
    await give(substitute, feedback(student))
    frame = await practice.hears("feedback")
    assert welcome["tutor_email"] == tutor.email
    assert (frame["from"], frame["from_name"]) == (other_tutor.email, other_tutor.name)
    row = await Feedback.objects.aget()
    assert (row.tutor_id, row.tutor_email, row.for_tutor_id) == (
        *(other_tutor.pk, other_tutor.email),
        tutor.pk,
    )


async def test_either_tutor_answers_a_question(
    connect: Connect, substitute: SocketClient, student: User, tutor: User
) -> None:
    practice = await connect(student)
    await practice.ask(HELP, "help", state="asked")
    assert (await substitute.sees("update", lent_by=LENT_BY))["help"]["note"] == ""
    await substitute.send({**SEEN, "student_email": student.email})
    await practice.hears("help", state="seen")
    dashboard = await connect(tutor)
    await give(dashboard, feedback(student))
    await practice.hears("help", state="answered")
    await substitute.sees("update", help=None, lent_by=LENT_BY)


async def test_a_loan_that_is_made_brings_them_at_once(
    connect: Connect, lend: Lend, student: User, other_tutor: User
) -> None:
    own = await connect(other_tutor)
    assert await shown(own) == {}
    await connect(student)
    await lend()
    await own.sees("student_joined", student_email=student.email, lent_by=LENT_BY)
    assert await shown(own) == {student.email: LENT_BY}


async def test_a_loan_that_is_ended_takes_them_away_and_the_right_to_give(
    connect: Connect, substitute: SocketClient, student: User
) -> None:
    await connect(student)
    await substitute.sees("student_joined")
    await db.write(services.end, [(await Loan.objects.aget()).pk])
    left = await substitute.hears("dashboard", action="student_left")
    assert left["data"]["reason"] == "removed"
    assert await shown(substitute) == {}
    await substitute.ask(feedback(student), "message_error", code="FORBIDDEN")
    await substitute.ask(
        {**SEEN, "student_email": student.email}, "message_error", code="FORBIDDEN"
    )
    assert await substitute.hears_nothing()


async def test_a_loan_begins_and_ends_with_the_day_though_no_row_changes(
    connect: Connect, lend: Lend, student: User, other_tutor: User, day_is: DayIs
) -> None:
    await lend(first_day=FRIDAY)
    socket = await connect(other_tutor)
    seen = [await shown(socket)]
    for day in (FRIDAY, SATURDAY):
        day_is(day)
        seen.append(await shown(socket))
    assert seen == [{}, {student.email: LENT_BY}, {}]


async def test_of_a_lent_group_only_its_students_are_seen(
    connect: Connect, lend: Lend, student: User, other_student: User, other_tutor: User
) -> None:
    await TutorStudent.objects.filter(student=student).aupdate(group="3A")
    await lend(extent=Extent.GROUP, group="3A")
    socket = await connect(other_tutor)
    assert await shown(socket) == {student.email: LENT_BY}
    await connect(other_student)
    await connect(student)
    assert (await socket.sees("student_joined"))["student_email"] == student.email
    await TutorStudent.objects.filter(student=other_student).aupdate(group="3A")
    await socket.sees("student_joined", student_email=other_student.email, lent_by=LENT_BY)


async def test_a_student_who_is_moved_meanwhile_is_the_new_tutor_s_alone(
    connect: Connect, substitute: SocketClient, student: User, tutor: User
) -> None:
    third = await db.write(User.objects.create_user, "third@example.com", user_type="tutor")
    await connect(student)
    await substitute.sees("student_joined")
    await assign(student, third)
    await substitute.sees("student_left", student_email=student.email)
    assert await shown(substitute) == {}
    await substitute.ask(feedback(student), "message_error", code="FORBIDDEN")


async def test_a_student_who_becomes_the_substitute_s_own_is_marked_no_more(
    connect: Connect, substitute: SocketClient, student: User, other_tutor: User
) -> None:
    practice = await connect(student)
    await substitute.sees("student_joined")
    await assign(student, other_tutor)
    assert await shown(substitute) == {student.email: None}
    await practice.send(status())
    assert "lent_by" not in await substitute.sees("update", status="studying")


async def test_a_socket_that_closes_hears_of_no_lender_any_more(
    connect: Connect, substitute: SocketClient, other_tutor: User
) -> None:
    (connection,) = [c for c in open_sockets() if c.user_id == other_tutor.pk]
    assert connection.dashboard is not None
    (subscription,) = connection.dashboard._lent._subscriptions.values()
    await substitute.close()
    assert subscription._is_closed
