"""SPEC.md section 2.2: snapshots in parts, and several changes in one frame for who asks."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.broadcast import dashboard_frames
from realtime.presence.circumstances import Circumstances, HelpCall, Since
from realtime.presence.class_rules import Practice, Student
from realtime.protocol.server_messages import LastFeedback
from speaktracker import db
from speaktracker.roster.models import TutorStudent, User
from tests.realtime.conftest import Connect
from tests.realtime.messages import status
from tests.socket_client import Message, SocketClient

ADDRESS = "tutor@example.com"


def _class_of(size: int, tutor: User) -> None:
    people = [User(email=f"s{n:04}@example.com", user_type="student") for n in range(size)]
    students = User.objects.bulk_create(people)
    TutorStudent.objects.bulk_create([TutorStudent(student=s, tutor=tutor) for s in students])


async def parts(dashboard: SocketClient, count: int) -> list[Message]:
    """Receive the parts of one snapshot."""
    return [await dashboard.hears("dashboard", action="broadcast_all") for _ in range(count)]


async def test_a_snapshot_of_500_students_is_one_frame(connect: Connect, tutor: User) -> None:
    await db.write(_class_of, 500, tutor)
    (whole,) = await parts(await connect(tutor), 1)
    assert len(whole["data"]["students"]) == 500
    assert not {"part", "parts"} & whole.keys()


async def test_a_snapshot_of_more_comes_in_numbered_parts(connect: Connect, tutor: User) -> None:
    await db.write(_class_of, 501, tutor)
    dashboard = await connect(tutor)
    found = await parts(dashboard, 2)
    assert [(part["part"], part["parts"]) for part in found] == [(1, 2), (2, 2)]
    emails = [s["student_email"] for part in found for s in part["data"]["students"]]
    assert emails == [f"s{n:04}@example.com" for n in range(501)]
    assert len({part["data"]["generated_at"] for part in found}) == 1
    assert await dashboard.hears_nothing()


async def test_a_batching_dashboard_hears_several_changes_in_one_frame(
    connect: Connect,
    tutor: User,
    student: User,
    other_student: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Longer than a busy machine needs for all of them.
    monkeypatch.setattr("realtime.sockets.opening.BATCH_SECONDS", 2)
    tabs = [await connect(person) for person in (student, other_student)]
    for tab in tabs:
        await tab.hears("connection_success")
    dashboard = await connect(tutor, batch="1")
    await dashboard.sees("broadcast_all")
    for progress in range(4):
        for tab in tabs:
            await tab.send(status(progress=progress))
    frame = await dashboard.hears("dashboard", action="updates")
    assert frame["target_tutor_email"] == tutor.email
    latest = {s["student_email"]: s["progress"] for s in frame["data"]["students"]}
    assert latest == {student.email: 3, other_student.email: 3}
    assert await dashboard.hears_nothing()


async def test_a_batching_dashboard_hears_a_lone_change_as_update(
    connect: Connect, tutor: User, student: User
) -> None:
    dashboard = await connect(tutor, batch="1")
    await dashboard.sees("broadcast_all")
    practice = await connect(student)
    await dashboard.sees("student_joined")
    await practice.send(status("paused"))
    assert (await dashboard.sees("update"))["status"] == "paused"


async def test_a_batching_dashboard_hears_edges_one_by_one(
    connect: Connect, tutor: User, student: User
) -> None:
    dashboard = await connect(tutor, batch="1")
    await dashboard.sees("broadcast_all")
    practice = await connect(student)
    for word in ("paused", "finished", "studying"):
        await practice.send(status(word))
    seen = [await dashboard.next() for _ in range(4)]
    actions = [frame["action"] for frame in seen]
    assert actions == ["student_joined", "update", "student_left", "student_joined"]


async def test_nobody_else_is_sent_updates(
    connect: Connect, dashboard: SocketClient, practice: SocketClient
) -> None:
    for progress in range(8):
        await practice.send(status(progress=progress))
    heard = await dashboard.hears_until("dashboard", action="update")
    while heard[-1]["data"]["progress"] < 7:
        heard += await dashboard.hears_until("dashboard")
    assert {frame["action"] for frame in heard} == {"update"}


def snapshot(people: list[Student]) -> list[str]:
    """Write a snapshot of `people`."""
    data = [dashboard_frames.student_json(person) for person in people]
    return dashboard_frames.snapshot(ADDRESS, data, "now")


names = st.text(max_size=20)
students = st.builds(
    Student,
    student_id=st.integers(1, 10**6),
    email=st.emails(),
    name=names,
    practice=st.builds(
        Practice, current_sentence=st.text(max_size=200), progress=st.floats(0, 100)
    ),
    version=st.integers(0, 2**53),
)


@given(st.lists(students, max_size=30), st.integers(1, 7))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_every_student_of_a_snapshot_is_in_exactly_one_part(
    people: list[Student], most: int
) -> None:
    with pytest.MonkeyPatch.context() as smaller:
        smaller.setattr(dashboard_frames, "SNAPSHOT_STUDENTS_PER_FRAME", most)
        written = [json.loads(text) for text in snapshot(people)]
    seen: list[dict[str, Any]] = [s for frame in written for s in frame["data"]["students"]]
    assert [s["student_email"] for s in seen] == [person.email for person in people]
    assert all(len(frame["data"]["students"]) <= most for frame in written)
    assert len(written) == max(1, -(-len(people) // most))


def test_a_snapshot_stays_below_the_largest_frame_whatever_the_sentences() -> None:
    people = [
        Student(n, f"s{n}@example.com", "", practice=Practice(current_sentence="가" * 1000))
        for n in range(499)
    ]
    written = snapshot(people)
    assert len(written) > 1
    assert all(len(text.encode()) < 1024 * 1024 for text in written)


AT = datetime(2026, 1, 14, 10, 30, tzinfo=UTC)
ASKED = HelpCall("asked", AT, AT, "3번 문장이 어려워요")
TYPICAL = Student(
    7,
    "student0123@example.com",
    "김민준",
    online=True,
    in_class=True,
    practice=Practice("studying", "session_123", "Hello, how are you?", 45.5, AT),
    version=1768386600000000,
    since=Since(AT, AT),
    circumstances=Circumstances(1, AT, "3A", None),
)


@pytest.mark.parametrize("reason", [None, "finished"])
@pytest.mark.parametrize("asked", [None, ASKED])
@pytest.mark.parametrize("practice", [Practice(), TYPICAL.practice, Practice(skipped=3)])
def test_what_is_written_for_each_status_is_what_is_shown(
    practice: Practice, asked: HelpCall | None, reason: Any
) -> None:
    circumstances = Circumstances(2, None, "", asked)
    student = msgspec.structs.replace(TYPICAL, practice=practice, circumstances=circumstances)
    shown = msgspec.to_builtins(dashboard_frames.student_data(student, reason))
    assert json.loads(dashboard_frames.student_json(student, reason)) == shown


def test_a_snapshot_of_500_typical_students_stays_below_250_kb() -> None:
    last = LastFeedback("019bbc1e-5a40-7cc3-98c4-dc0c0c07398f", "delivered", "2026-01-14T10:30:00Z")
    data = dashboard_frames.with_last_feedback(dashboard_frames.student_json(TYPICAL), last)
    (frame,) = dashboard_frames.snapshot(ADDRESS, [data] * 500, "2026-01-14T10:30:00.000Z")
    assert len(frame.encode()) < 250_000
    assert json.loads(frame)["data"]["students"][0].keys() >= {"help", "group", "last_feedback"}


@pytest.mark.parametrize(
    ("given_at", "shown"), [("2026-01-14T10:29:59.999Z", True), ("2026-01-14T10:30:00.000Z", False)]
)
def test_when_they_came_is_shown_unless_feedback_came_later(given_at: str, shown: bool) -> None:
    last = LastFeedback("019bbc1e-5a40-7cc3-98c4-dc0c0c07398f", "seen", given_at)
    data = dashboard_frames.student_json(TYPICAL)
    with_last = json.loads(dashboard_frames.with_last_feedback(data, last))
    assert with_last.pop("last_feedback") == msgspec.to_builtins(last)
    assert with_last == {
        name: value for name, value in json.loads(data).items() if shown or name != "came_at"
    }
