"""What is kept of students who practise over real sockets, and that it adds up to what they did."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.test import Client

from realtime.models import ClassStay, PracticeChange, Presence, ServerLease
from realtime.per_process.process_state import this_process
from realtime.presence import class_history, server_leases, transitions
from realtime.presence.class_rules import Report
from speaktracker import clock, db
from speaktracker.clock import now
from speaktracker.db import database_clock
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.messages import becomes, feedback, status
from tests.socket_client import SocketClient, bearer

Later = Callable[[float], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Let the school's clock go on by so many seconds."""
    monkeypatch.setattr(database_clock, "follow", lambda: None)
    monkeypatch.setattr(clock, "_ahead", 0)

    def go_on(seconds: float) -> None:
        monkeypatch.setattr(clock, "_ahead", clock._ahead + int(seconds * 1_000_000))

    return go_on


async def says(socket: SocketClient, *arguments: Any, **fields: Any) -> None:
    """Report a status, and wait until the server has it."""
    await socket.ask(status(*arguments, message_id="m", **fields), "ack")


async def attendance(tutor: User, path: str = "/api/tutor/attendance") -> list[dict[str, Any]]:
    """Ask the API for what is kept."""
    await this_process().journal.flush()
    answer = await sync_to_async(Client().get)(path, headers=bearer(tutor))
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def seconds(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(row[f"{kind}_seconds"] for kind in ("active", "idle", "paused"))


def about(*figures: float) -> Any:
    """Compare with seconds that a busy machine may make longer."""
    return pytest.approx(figures, abs=15)


async def test_the_sums_are_what_the_student_did(
    practice: SocketClient, dashboard: SocketClient, tutor: User, student: User, later: Later
) -> None:
    later(40)
    await says(practice, current_sentence="A", progress=0)
    later(80)
    await says(practice, current_sentence="B", progress=20)
    await dashboard.ask(feedback(student), "ack")
    later(120)
    await says(practice, "paused", current_sentence="B", progress=20)
    later(160)
    await says(practice, current_sentence="C", progress=40)
    later(200)
    await says(practice, "finished", current_sentence="C", progress=100)
    await dashboard.sees("student_left")
    (row,) = await attendance(tutor)
    assert seconds(row) == about(400, 40, 160)
    assert (row["sentences"], row["feedback"], row["group"]) == (3, 1, "")
    assert row["student_email"] == student.email
    assert row["came_at"] < row["left_at"]


async def test_changes_between_two_batches_are_all_kept_and_ticks_are_not(
    practice: SocketClient, tutor: User, student: User
) -> None:
    for sentence, progress in (("A", 1), ("A", 2), ("B", 3), ("B", 4), ("C", 5)):
        await says(practice, current_sentence=sentence, progress=progress)
    await this_process().journal.flush()
    kept = PracticeChange.objects.filter(student=student).order_by("version")
    said = [each async for each in kept.values_list("status", "current_sentence")]
    assert said == [("idle", ""), ("studying", "A"), ("studying", "B"), ("studying", "C")]


async def test_finishing_and_practising_again_are_two_stays(
    practice: SocketClient, dashboard: SocketClient, tutor: User, later: Later
) -> None:
    await says(practice)
    later(60)
    await says(practice, "finished")
    later(600)
    await says(practice, session_id="t")
    later(30)
    again, first = await attendance(tutor)
    assert seconds(first) == about(60, 0, 0)
    assert seconds(again) == about(30, 0, 0)
    assert again["left_at"] is None


async def test_a_session_begun_again_as_it_was_is_a_change(
    practice: SocketClient, dashboard: SocketClient, student: User
) -> None:
    await says(practice, current_sentence="A", session_id="s")
    await says(practice, "finished", session_id="s")
    await says(practice, current_sentence="B", session_id="s")
    for sentence in ("A", "C"):
        await says(practice, current_sentence=sentence, session_id="s")
    await this_process().journal.flush()
    kept = PracticeChange.objects.filter(student=student, status="studying").order_by("version")
    assert [each.current_sentence async for each in kept] == ["A", "B", "A", "C"]


async def test_two_tabs_are_one_stay(
    connect: Connect, practice: SocketClient, tutor: User, student: User, later: Later
) -> None:
    tab = await connect(student)
    await tab.hears("connection_success")
    for socket, session_id in ((practice, "s"), (tab, "t"), (practice, "s")):
        await says(socket, session_id=session_id)
        later(60)
    rows = await attendance(tutor)
    assert tuple(sorted(row["active_seconds"] for row in rows)) == about(60, 120)
    assert await ClassStay.objects.acount() == 1


async def test_who_disconnects_left_then_and_not_when_the_grace_was_over(
    practice: SocketClient, dashboard: SocketClient, student: User, later: Later
) -> None:
    await says(practice)
    await practice.close()
    gone = Presence.objects.filter(student=student, leave_due_at__isnull=False)
    await becomes(gone.acount, 1)
    row = await gone.aget()
    later(60)
    await dashboard.sees("student_left", reason="disconnected")
    stay = await ClassStay.objects.aget()
    assert (stay.left_at, stay.reason) == (row.disconnected_at, "disconnected")


async def test_a_reload_ends_no_stay(
    connect: Connect, practice: SocketClient, dashboard: SocketClient, student: User
) -> None:
    await practice.close()
    await becomes(Presence.objects.filter(leave_due_at__isnull=False).acount, 1)
    again = await connect(student)
    await again.hears("connection_success")
    assert await ClassStay.objects.filter(left_at__isnull=True).acount() == 1


async def test_after_a_crash_students_left_when_their_process_was_alive_last(
    lease_left_alone: None, practice: SocketClient, student: User, later: Later
) -> None:
    lease = this_process().lease
    seen = await ServerLease.objects.aget(pk=lease.boot_id)
    later(8 * 60 * 60)
    await db.write(transaction.atomic(server_leases._clean), [seen])
    stay = await ClassStay.objects.aget()
    assert stay.left_at == max(seen.renewed_at, stay.came_at)


async def test_a_batch_that_is_written_again_doubles_nothing(
    practice: SocketClient, student: User
) -> None:
    first = clock.microseconds()
    versions = range(first, first + 3)
    reports = [
        Report("studying", "s", str(v), 0, now(), student_id=student.pk, version=v)
        for v in versions
    ]
    for batch in ([reports[1]], reports, reports[:2]):
        await db.write(transitions.apply, batch[-1:], batch)
    kept = PracticeChange.objects.filter(student=student, session_id="s").order_by("version")
    assert [each.version async for each in kept] == [*versions]


async def test_stays_that_the_release_before_left_open_or_did_not_begin_are_mended(
    practice: SocketClient, student: User, other_student: User
) -> None:
    await says(practice)
    await this_process().journal.flush()
    await ClassStay.objects.all().adelete()
    forgotten = await ClassStay.objects.acreate(student=other_student, came_at=now())
    await Presence.objects.aupdate_or_create(student=other_student, defaults={"in_class": False})
    assert await db.write(class_history.mend_stays) == 2
    assert await db.write(class_history.mend_stays) == 0
    assert (await ClassStay.objects.aget(student=student)).left_at is None
    await forgotten.arefresh_from_db()
    assert forgotten.left_at == forgotten.came_at


@pytest.mark.django_db
def test_a_stay_that_begins_and_ends_in_one_batch_is_over(tutor: User, student: User) -> None:
    Presence.objects.create(student=student, tutor=tutor, online=True, status="finished")
    came = now()
    left = came + timedelta(seconds=1)
    reports = [
        Report("studying", "s", "", 0, came, student_id=student.pk, version=1),
        Report("finished", "s", "", 0, left, student_id=student.pk, version=2),
    ]
    transitions.apply(reports)
    stay = ClassStay.objects.get(student=student)
    assert (stay.came_at, stay.left_at, stay.reason) == (came, left, "finished")


@pytest.mark.django_db
def test_history_is_kept_for_thirty_days() -> None:
    student = User.objects.create_user("s@example.com", user_type="student")
    for days in (31, 29):
        at = now() - timedelta(days=days)
        ClassStay.objects.create(student=student, came_at=at, left_at=at)
        PracticeChange.objects.create(student=student, at=at, version=1, status="idle")
    for purge in (class_history.purge_stays, class_history.purge_changes_of_practice):
        assert [purge(), purge()] == [1, 0]
    assert ClassStay.objects.count() == PracticeChange.objects.count() == 1
