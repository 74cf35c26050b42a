"""The periodic checks of a process's dashboards: one look at SQL for all, each its own frames."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.db.backends.utils import CursorWrapper

from realtime.housekeeping import check_dashboards
from realtime.models import Presence
from realtime.sockets.open_sockets import open_sockets
from speaktracker import db
from speaktracker.background import background
from speaktracker.roster.loans import services
from speaktracker.roster.loans.services import LoanDraft
from speaktracker.roster.models import TutorStudent, User
from tests.realtime.conftest import Connect, person
from tests.roster.school_calendar import FRIDAY, MONDAY, DayIs
from tests.socket_client import SocketClient

Open = Callable[[int], Awaitable[list[SocketClient]]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the database about mappings, by whichever thread."""
    found: list[str] = []
    execute = CursorWrapper.execute

    def note(cursor: CursorWrapper, sql: str, *args: Any) -> Any:
        if "roster_tutorstudent" in sql and ("realtime_presence" in sql or "roster_loan" in sql):
            found.append(sql)
        return execute(cursor, sql, *args)

    monkeypatch.setattr(CursorWrapper, "execute", note)
    return found


def class_of(number: int) -> User:
    """Store a tutor with a student who is online and in class, and return the tutor."""
    tutor, student = person("tutor", number), person("student", number)
    TutorStudent.objects.create(student=student, tutor=tutor)
    Presence.objects.create(student=student, tutor=tutor, online=True, in_class=True, version=5)
    return tutor


@pytest.fixture
def open_dashboards(connect: Connect) -> Open:
    """Open the dashboards of so many tutors, two of each, their snapshots received."""

    async def open_them(count: int) -> list[SocketClient]:
        tutors = [await db.write(class_of, 100 + number) for number in range(count)]
        dashboards = [await connect(tutor) for tutor in tutors for _ in range(2)]
        for dashboard in dashboards:
            await dashboard.sees("broadcast_all")
        return dashboards

    return open_them


async def check_all() -> None:
    """Check every dashboard here now."""
    for connection in open_sockets():
        if connection.dashboard:
            connection.dashboard.check_at = 0.0
    await check_dashboards()


async def nothing_else_runs() -> None:
    """Have the process check nothing by itself any more, and what it has begun come to its end."""
    await background().stop()
    await check_all()


@pytest.mark.parametrize("tutors", [1, 8])
async def test_all_dashboards_of_a_process_are_checked_with_the_same_statements(
    open_dashboards: Open, asked: list[str], tutors: int
) -> None:
    await open_dashboards(tutors)
    await nothing_else_runs()
    asked.clear()
    await check_all()
    assert len(asked) == 2  # their students, and who is lent to them


async def test_what_all_of_them_missed_is_read_together_and_shown_to_each_once(
    open_dashboards: Open, asked: list[str]
) -> None:
    dashboards = await open_dashboards(4)
    await nothing_else_runs()
    await db.write(Presence.objects.update, version=6, progress=50.0)
    asked.clear()
    await check_all()
    assert len(asked) == 3
    for number, dashboard in enumerate(dashboards):
        email = f"student{100 + number // 2}@example.com"
        shown = await dashboard.sees("update", student_email=email)
        assert (shown["version"], shown["progress"]) == (6, 50)
    asked.clear()
    await check_all()
    assert len(asked) == 2  # nobody is behind any more


async def test_who_is_lent_is_looked_at_with_the_others(
    open_dashboards: Open, connect: Connect, other_tutor: User, day_is: DayIs, asked: list[str]
) -> None:
    await open_dashboards(1)
    lender = await User.objects.aget(email="tutor100@example.com")
    await db.write(services.lend, LoanDraft(lender.pk, other_tutor.pk, MONDAY, FRIDAY))
    substitute = await connect(other_tutor)
    await substitute.sees("broadcast_all")
    await nothing_else_runs()
    await db.write(Presence.objects.update, version=6, progress=50.0)
    asked.clear()
    await check_all()
    assert len(asked) == 4
    assert (await substitute.sees("update", progress=50))["lent_by"]["tutor_email"] == lender.email
