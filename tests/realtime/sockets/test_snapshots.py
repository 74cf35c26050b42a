"""SPEC.md section 2.2: snapshots come one after the other, and none takes anything back."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from realtime.presence.snapshot import read_students
from realtime.sockets import lent_students
from speaktracker import db
from speaktracker.roster import services
from speaktracker.roster.imports.file_kinds import PEOPLE
from speaktracker.roster.imports.planning import plan_import
from speaktracker.roster.imports.services import apply_import
from speaktracker.roster.imports.spreadsheet import FileRow
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.year_end import services as year_end
from tests.realtime.conftest import Connect, person
from tests.realtime.inside import the_socket
from tests.realtime.messages import status
from tests.socket_client import Message, SocketClient

REFRESH = {"type": "dashboard", "action": "refresh"}


def versions_of(frames: list[Message], student: User) -> list[int]:
    """List the versions of a student in what a dashboard received, in order."""
    found = []
    for frame in frames:
        data = frame.get("data", {})
        for one in data.get("students", [data]):
            if one.get("student_email") == student.email:
                found.append(one["version"])
    return found


@pytest.fixture
def slow_first_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the first snapshot read its students and then wait until the call returned here."""
    may_go_on, reads = threading.Event(), []

    def read(tutor_id: int) -> Any:
        reads.append(tutor_id)
        found = read_students(tutor_id)
        if len(reads) == 1:
            may_go_on.wait(30)
        return found

    monkeypatch.setattr(lent_students, "read_students", read)
    return may_go_on.set


async def test_moving_twenty_students_is_one_snapshot_for_each_tutor(
    connect: Connect, tutor: User, other_tutor: User
) -> None:
    students = [await db.write(person, "student", number) for number in range(100, 120)]
    await db.write(
        TutorStudent.objects.bulk_create, [TutorStudent(student=s, tutor=tutor) for s in students]
    )
    before, after = await connect(tutor), await connect(other_tutor)
    for dashboard in (before, after):
        await dashboard.sees("broadcast_all")
    await db.write(services.assign_many, {s.pk: other_tutor.pk for s in students})
    assert (await before.sees("broadcast_all"))["students"] == []
    assert len((await after.sees("broadcast_all"))["students"]) == 20
    assert await before.hears_nothing()
    assert await after.hears_nothing()


async def test_a_file_and_the_year_s_end_are_one_snapshot_each(
    connect: Connect, tutor: User, other_tutor: User
) -> None:
    students = [await db.write(person, "student", number) for number in range(100, 120)]
    before, after = await connect(tutor), await connect(other_tutor)
    for dashboard in (before, after):
        await dashboard.sees("broadcast_all")
    for teacher, sizes in ((tutor, (20, None)), (other_tutor, (0, 20)), (None, (None, 0))):
        await db.write(carry_out, students, teacher)
        for dashboard, size in zip((before, after), sizes, strict=True):
            if size is not None:
                assert len((await dashboard.sees("broadcast_all"))["students"]) == size
            assert await dashboard.hears_nothing()


def carry_out(students: list[User], teacher: User | None) -> None:
    """Import names, tutor and group of students; without a tutor end their year."""
    if teacher is None:
        year_end.end_year([one.pk for one in students], year_end.Ending())
        return
    told = {"name": f"of {teacher.email}", "tutor_email": teacher.email, "group": teacher.email}
    rows = [FileRow(line, {"email": one.email, **told}) for line, one in enumerate(students)]
    apply_import(plan_import(PEOPLE, rows))


async def test_overlapping_snapshots_set_nothing_back(
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    slow_first_read: Callable[[], None],
) -> None:
    await practice.ask(status(message_id="1"), "ack")
    frames = await dashboard.hears_until("dashboard", action="update")
    await dashboard.send(REFRESH)
    await practice.ask(status("paused", message_id="2"), "ack")
    await dashboard.send({**REFRESH, "message_id": "second"})
    await practice.ask(status("idle", message_id="3"), "ack")
    slow_first_read()
    frames += await dashboard.hears_until("ack", message_id="second")
    versions = versions_of(frames, student)
    assert versions == sorted(versions)
    assert len([frame for frame in frames if frame.get("action") == "broadcast_all"]) == 2


async def test_many_who_ask_while_a_snapshot_is_made_share_the_next(
    dashboard: SocketClient, tutor: User, slow_first_read: Callable[[], None]
) -> None:
    shown = the_socket(tutor).dashboard
    assert shown
    for _ in range(10):
        shown.load_soon()
    await dashboard.send({**REFRESH, "message_id": "last"})
    slow_first_read()
    frames = await dashboard.hears_until("ack", message_id="last")
    assert 1 <= [frame["type"] for frame in frames].count("dashboard") <= 2
    assert await dashboard.hears_nothing()


async def test_a_snapshot_shows_what_was_shown_although_sql_does_not_have_it_yet(
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await practice.ask(status(progress=10, message_id="1"), "ack")
    await dashboard.sees("update", progress=10)

    async def stay_unwritten(*_: Any, **__: Any) -> None:
        """Write nothing, as the journal of another process that is slow."""

    monkeypatch.setattr(the_socket(student).process.journal, "flush", stay_unwritten)
    await practice.ask(status(progress=20, message_id="2"), "ack")
    shown = await dashboard.sees("update", progress=20)
    await dashboard.send(REFRESH)
    (snapshot,) = (await dashboard.sees("broadcast_all"))["students"]
    assert (snapshot["version"], snapshot["progress"]) == (shown["version"], 20)
    await practice.ask(status(progress=30, message_id="3"), "ack")
    await dashboard.sees("update", progress=30)
