"""SPEC.md sections 1 and 2: what sockets make of people and mappings that change under them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from realtime.broadcast import publish
from realtime.models import Connection
from realtime.presence import locks
from realtime.presence.news import Tutor
from speaktracker import db
from speaktracker.roster import services
from speaktracker.roster.models import TutorStudent, User
from tests.realtime.conftest import Connect, assign, person
from tests.realtime.inside import the_socket
from tests.realtime.messages import becomes, status
from tests.socket_client import SocketClient


def at_the_socket_of(person: User, field: str) -> Callable[[], Awaitable[Any]]:
    async def look() -> Any:
        return getattr(the_socket(person), field)

    return look


async def test_a_student_who_loses_their_tutor_leaves_as_removed(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await assign(student, None)
    left = await dashboard.sees("student_left", student_email=student.email)
    assert left["reason"] == "removed"
    await practice.ask(status(message_id="1"), "message_error", code="TUTOR_NOT_FOUND")
    assert (await dashboard.next())["data"]["students"] == []


async def test_a_student_without_a_tutor_is_refused_only_their_status(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await assign(student, None)
    await dashboard.sees("student_left")
    await practice.ask({"type": "ping", "message_id": "1"}, "ack")
    hello = {"type": "connection", "action": "connect", "user_email": student.email}
    success = await practice.ask({**hello, "user_type": "student"}, "connection_success")
    assert "tutor_email" not in success


async def test_a_student_who_has_a_tutor_again_joins_without_a_reconnect(
    dashboard: SocketClient, practice: SocketClient, student: User, tutor: User
) -> None:
    await assign(student, None)
    await dashboard.sees("student_left")
    await assign(student, tutor)
    await dashboard.sees("student_joined", student_email=student.email)
    await becomes(at_the_socket_of(student, "tutor"), Tutor(tutor.pk, tutor.email))
    await practice.send(status("paused"))
    await dashboard.sees("update", status="paused")


async def test_a_reassigned_student_leaves_one_tutor_and_joins_the_other(
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    other_tutor: User,
) -> None:
    other = await connect(other_tutor)
    await other.sees("broadcast_all")
    await assign(student, other_tutor)
    left = await dashboard.sees("student_left", student_email=student.email)
    joined = await other.sees("student_joined", student_email=student.email)
    assert left["reason"] == "removed"
    assert joined["version"] >= left["version"]


async def test_a_reassigned_students_next_status_goes_to_the_new_tutor_alone(
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    other_tutor: User,
) -> None:
    other = await connect(other_tutor)
    await other.sees("broadcast_all")
    await assign(student, other_tutor)
    await other.sees("student_joined")
    await dashboard.sees("broadcast_all")
    await practice.send(status("paused", progress=3))
    frame = await other.hears("dashboard", action="update")
    assert (frame["target_tutor_email"], frame["data"]["progress"]) == (other_tutor.email, 3)
    assert await dashboard.hears_nothing()


async def test_a_reassignment_rewrites_the_connection_record(
    dashboard: SocketClient, practice: SocketClient, student: User, other_tutor: User
) -> None:
    await assign(student, other_tutor)
    await dashboard.sees("student_left", reason="removed")
    record = await Connection.objects.aget(user=student)
    assert (record.tutor_id, record.tutor_email) == (other_tutor.pk, other_tutor.email)


async def test_a_finished_student_who_is_reassigned_makes_no_edge(
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    other_tutor: User,
) -> None:
    other = await connect(other_tutor)
    await other.sees("broadcast_all")
    await practice.send(status("finished"))
    await dashboard.sees("student_left", reason="finished")
    await assign(student, other_tutor)
    for each in (dashboard, other):
        assert (await each.next())["action"] == "broadcast_all"
        assert await each.hears_nothing()


async def test_a_bulk_reassignment_moves_every_connected_student(
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    other_student: User,
    other_tutor: User,
) -> None:
    other = await connect(other_tutor)
    await dashboard.sees("broadcast_all")
    await (await connect(other_student)).hears("connection_success")
    await dashboard.sees("student_joined", student_email=other_student.email)
    people = (student, other_student)
    await db.write(services.assign_many, {p.pk: other_tutor.pk for p in people})
    frames = await dashboard.hears_until("dashboard", action="broadcast_all")
    left = {f["data"]["student_email"] for f in frames if f["action"] == "student_left"}
    assert left == {student.email, other_student.email}
    for moved in people:
        await other.sees("student_joined", student_email=moved.email)


async def test_a_deactivated_students_socket_closes_and_the_tutor_sees_the_leave(
    short_grace: None, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    student.is_active = False
    await student.asave()
    assert await practice.is_closed_with() == 4401
    await dashboard.sees("student_left", reason="disconnected")


async def test_a_deactivated_tutors_dashboard_closes(dashboard: SocketClient, tutor: User) -> None:
    tutor.is_active = False
    await tutor.asave()
    assert await dashboard.is_closed_with() == 4401


async def test_a_deleted_student_leaves_as_removed(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    email = student.email
    await student.adelete()
    assert await practice.is_closed_with() == 4499
    left = await dashboard.sees("student_left", student_email=email)
    assert left["reason"] == "removed"


async def test_a_deleted_students_card_goes(dashboard: SocketClient, student: User) -> None:
    await student.adelete()
    assert (await dashboard.sees("broadcast_all"))["students"] == []


async def test_a_deleted_user_leaves_no_connection_record(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    pk = student.pk
    await student.adelete()
    await practice.is_closed_with()
    await becomes(lambda: Connection.objects.filter(user_id=pk).aexists(), False)


async def test_a_deleted_tutors_student_stays_without_a_tutor(
    dashboard: SocketClient, practice: SocketClient, tutor: User
) -> None:
    await tutor.adelete()
    assert await dashboard.is_closed_with() == 4499
    await practice.ask(status(message_id="1"), "message_error", code="TUTOR_NOT_FOUND")


async def test_a_new_name_shows_with_the_next_change(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    student.name = "김하늘"
    await student.asave()
    await becomes(at_the_socket_of(student, "name"), "김하늘")
    await practice.send(status("paused"))
    await dashboard.sees("update", status="paused", student_name="김하늘")


async def test_a_newly_assigned_student_appears_by_themselves(
    dashboard: SocketClient, other_student: User
) -> None:
    seen = (await dashboard.sees("broadcast_all"))["students"]
    assert other_student.email in {student["student_email"] for student in seen}


async def test_a_student_mapped_for_the_first_time_appears_on_the_open_dashboard(
    dashboard: SocketClient, tutor: User
) -> None:
    newcomer = await db.write(person, "student", 9)
    await assign(newcomer, tutor)
    frame = await dashboard.hears("dashboard", action="broadcast_all")
    assert newcomer.email in {one["student_email"] for one in frame["data"]["students"]}


async def test_deleting_many_people_is_a_few_queries_and_one_announcement(
    tutor: User, transactional_db: None
) -> None:
    def delete_forty() -> int:
        students = [person("student", number) for number in range(200, 240)]
        mappings = [TutorStudent(student=student, tutor=tutor) for student in students]
        TutorStudent.objects.bulk_create(mappings)
        with transaction.atomic():
            locks.presences([student.pk for student in students])
        these = User.objects.filter(pk__in=[student.pk for student in students])
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            these.delete()
        return len([q for q in queries if "realtime_presence" in q["sql"]])

    assert await db.write(delete_forty) < 12


async def test_deleting_a_tutor_of_many_parts_them_all_at_once(
    connect: Connect, tutor: User, student: User, other_student: User
) -> None:
    tabs = [await connect(one) for one in (student, other_student)]
    for tab in tabs:
        await tab.hears("connection_success")
    await db.write(lambda: User.objects.filter(pk=tutor.pk).delete())
    for tab in tabs:
        await tab.ask(status(message_id="1"), "message_error", code="TUTOR_NOT_FOUND")


async def test_many_people_are_renamed_with_one_call_into_the_loop(
    dashboard: SocketClient, practice: SocketClient, student: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Any] = []
    from_thread = publish.from_thread

    def counted(tell: Any, *args: Any) -> None:
        calls.append(tell)
        from_thread(tell, *args)

    monkeypatch.setattr(publish, "from_thread", counted)

    def rename() -> None:
        with transaction.atomic():
            for one in User.objects.all():
                one.name = f"new {one.pk}"
                one.save()

    await db.write(rename)
    await becomes(at_the_socket_of(student, "name"), f"new {student.pk}")
    assert len(calls) == 1


async def regroup(student: User, group: str) -> None:
    """Put a student into a group, as the admin does."""
    mapping = await TutorStudent.objects.aget(student=student)
    mapping.group = group
    await mapping.asave()


async def test_a_group_is_shown_at_once_and_stays_with_the_next_status(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await regroup(student, "3A")
    await dashboard.sees("update", group="3A")
    await practice.send(status("paused"))
    assert (await dashboard.sees("update", status="paused"))["group"] == "3A"


async def test_the_group_of_who_never_came_is_shown_too(
    dashboard: SocketClient, student: User, other_student: User
) -> None:
    await dashboard.hears("dashboard", action="broadcast_all")
    await regroup(other_student, "3A")
    [first, second] = (await dashboard.sees("broadcast_all"))["students"]
    assert (first["group"], second["group"]) == ("", "3A")


async def test_a_group_written_past_the_application_is_shown(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE roster_tutorstudent SET group_name = '3B'")

    await db.write(write)
    await dashboard.sees("update", group="3B")
