"""SPEC.md section 11: sessions, attendance and coverage of a tutor's own students."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.models import Feedback
from realtime.history import attendance
from realtime.models import ClassStay, PracticeChange
from speaktracker.clock import now
from speaktracker.roster import services
from speaktracker.roster.models import TutorStudent, User
from tests.api.conftest import Gave, SignedIn

pytestmark = pytest.mark.django_db
SESSIONS, ATTENDANCE, COVERAGE, OWN = (
    "/api/tutor/sessions",
    "/api/tutor/attendance",
    "/api/tutor/coverage",
    "/api/student/sessions",
)
MIDNIGHT = datetime(2026, 1, 14, tzinfo=ZoneInfo("Asia/Seoul"))
DAY = "?from=2026-01-14&to=2026-01-14"
FIELDS = (
    "student_email,student_name,group,came_at,left_at,"
    "active_seconds,idle_seconds,paused_seconds,sentences,feedback"
)


def practised(student: User, came_at: datetime, minutes: int = 10, **stay: Any) -> ClassStay:
    """Keep a stay: one minute idle, then sentences of a minute each, the last one left open."""
    changes = [PracticeChange(student=student, at=came_at, version=1, status="idle")]
    changes += [
        PracticeChange(
            student=student,
            at=came_at + timedelta(minutes=minute),
            version=minute + 1,
            status="studying",
            session_id="s",
            current_sentence=f"Sentence {minute}",
        )
        for minute in range(1, minutes)
    ]
    PracticeChange.objects.bulk_create(changes)
    end = {"left_at": came_at + timedelta(minutes=minutes), "reason": "finished"}
    return ClassStay.objects.create(student=student, came_at=came_at, **{**end, **stay})


def test_attendance_has_a_row_of_each_session(
    signed_in: SignedIn, tutor: User, student: User
) -> None:
    practised(student, MIDNIGHT + timedelta(hours=10), group="3-1")
    answer = signed_in(tutor).get(ATTENDANCE + DAY)
    assert answer.json() == {
        "results": [
            {
                "student_email": "student@example.com",
                "student_name": "Student",
                "group": "3-1",
                "came_at": "2026-01-14T01:00:00.000Z",
                "left_at": "2026-01-14T01:10:00.000Z",
                "active_seconds": 540,
                "idle_seconds": 60,
                "paused_seconds": 0,
                "sentences": 8,
                "feedback": 0,
            }
        ],
        "next": None,
    }


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ("?from=2026-01-14", 2),
        ("?to=2026-01-13", 1),
        ("?from=2026-01-13&to=2026-01-14", 3),
        ("", 0),
        ("?from=2026-01-14&group=3-1", 0),
    ],
)
def test_days_begin_at_the_schools_midnight(
    signed_in: SignedIn, tutor: User, student: User, days: str, found: int
) -> None:
    for minutes in (-1, 0, 24 * 60 - 1, 24 * 60):  # whoever stays over midnight came before it
        practised(student, MIDNIGHT + timedelta(minutes=minutes), 1)
    assert len(signed_in(tutor).get(ATTENDANCE + days).json()["results"]) == found


@pytest.mark.parametrize(
    "days",
    ["?from=2026-01-14&to=2026-01-13", "?from=2026-01-01&to=2026-02-01", "?from=0001-01-01",
     "?to=9999-12-31", "?from=yesterday", "?from=2026-01-14&before=x"],
)  # fmt: skip
def test_a_range_that_is_none_is_refused_in_words(
    signed_in: SignedIn, tutor: User, days: str
) -> None:
    answer = signed_in(tutor).get(ATTENDANCE + days)
    assert answer.status_code == 400
    assert {"from", "to", "before"} & answer.json().keys()


def test_a_format_that_is_none_is_refused_in_words(signed_in: SignedIn, tutor: User) -> None:
    answer = signed_in(tutor).get(f"{ATTENDANCE}{DAY}&format=xlsx")
    assert (answer.status_code, list(answer.json())) == (400, ["format"])


def test_the_file_opens_in_excel_and_runs_nothing(
    signed_in: SignedIn, tutor: User, student: User
) -> None:
    User.objects.filter(pk=student.pk).update(name='=HYPERLINK("http://x")')
    practised(student, MIDNIGHT + timedelta(hours=10), group="@3반")
    practised(student, MIDNIGHT + timedelta(hours=9), 2, left_at=None)
    answer = signed_in(tutor).get(f"{ATTENDANCE}{DAY}&format=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="attendance-2026-01-14.csv"'
    text = answer.content.decode("utf-8")
    assert text.startswith(f"\ufeff{FIELDS}\r\n")
    open_one, row = csv.DictReader(io.StringIO(text[1:]))
    assert (row["student_name"], row["group"]) == ('\'=HYPERLINK("http://x")', "'@3반")
    assert (row["came_at"], row["active_seconds"]) == ("2026-01-14 10:00:00+09:00", "540")
    assert open_one["left_at"] == ""


def test_a_file_that_would_be_too_long_is_refused(
    signed_in: SignedIn, tutor: User, student: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance.all_sessions, "__defaults__", (2,))
    monkeypatch.setattr(attendance, "TOGETHER", 2)
    for hour in range(1, 6):
        practised(student, MIDNIGHT + timedelta(hours=hour), 1)
    answer = signed_in(tutor).get(f"{ATTENDANCE}{DAY}&format=csv")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")


def test_pages_follow_one_another(signed_in: SignedIn, tutor: User, student: User) -> None:
    for hour in range(23):
        for minute in range(5):
            practised(student, MIDNIGHT + timedelta(hours=hour, minutes=10 * minute), 1)
    client = signed_in(tutor)
    first = client.get(ATTENDANCE + DAY).json()
    second = client.get(f"{ATTENDANCE}{DAY}&before={first['next']}").json()
    came = [row["came_at"] for row in (*first["results"], *second["results"])]
    assert (len(first["results"]), len(came), second["next"]) == (100, 115, None)
    assert came == sorted(set(came), reverse=True)


def test_sessions_come_with_their_changes(signed_in: SignedIn, tutor: User, student: User) -> None:
    practised(student, MIDNIGHT, 3)
    answer = signed_in(tutor).get(f"{SESSIONS}?student_email=STUDENT@example.com")
    (session,) = answer.json()["results"]
    assert (session["session_id"], session["reason"]) == ("s", "finished")
    assert [(each["status"], each["current_sentence"]) for each in session["changes"]] == [
        ("idle", ""),
        ("studying", "Sentence 1"),
        ("studying", "Sentence 2"),
    ]
    file = signed_in(tutor).get(f"{SESSIONS}?student_email=student@example.com&format=csv")
    own = signed_in(student)
    assert own.get(OWN).json() == answer.json()
    assert own.get(f"{OWN}?format=csv").content == file.content
    assert len(file.content.splitlines()) == 2


def test_a_tutor_sees_nobody_elses_students(
    signed_in: SignedIn, tutor: User, student: User, other_student: User
) -> None:
    for somebody in (student, other_student):
        practised(somebody, MIDNIGHT)
    client = signed_in(tutor)
    for address in ("other@example.com", "nobody@example.com"):
        assert client.get(f"{SESSIONS}?student_email={address}").status_code == 403
    assert client.get(SESSIONS).status_code == 400
    rows = client.get(ATTENDANCE + DAY).json()["results"]
    assert [row["student_email"] for row in rows] == [student.email]
    assert [row["student_email"] for row in client.get(COVERAGE).json()["students"]] == [
        student.email
    ]


def test_a_moved_student_takes_their_history_along(
    signed_in: SignedIn, tutor: User, student: User, other_student: User
) -> None:
    practised(student, MIDNIGHT, tutor=tutor)
    teacher = other_student.mapping.tutor
    services.assign_tutor(student, teacher)
    assert signed_in(tutor).get(ATTENDANCE + DAY).json()["results"] == []
    assert len(signed_in(teacher).get(ATTENDANCE + DAY).json()["results"]) == 1


def test_coverage_tells_who_was_here_and_was_not_visited(
    signed_in: SignedIn, tutor: User, student: User, gave: Gave
) -> None:
    visited = User.objects.create_user("visited@example.com", user_type="student")
    services.assign_tutor(visited, tutor)
    (row,) = gave(tutor, visited)
    Feedback.objects.update(timestamp=now())
    moment = now()
    ClassStay.objects.create(student=student, came_at=moment - timedelta(days=1, minutes=1))
    one, other = signed_in(tutor).get(COVERAGE).json()["students"]
    midnight = datetime.now(ZoneInfo("Asia/Seoul")).replace(hour=0, minute=0, second=0)
    today = (moment - midnight).total_seconds()
    assert one["student_email"] == student.email
    assert one["in_class_seconds"] == pytest.approx(today, abs=30)
    assert (one["in_class"], one["last_feedback"], one["feedback_today"]) == (True, None, 0)
    assert other["last_feedback"]["message_id"] == str(row.message_id)
    assert (other["in_class_seconds"], other["feedback_today"]) == (0, 1)


def test_queries_do_not_grow_with_the_class(
    signed_in: SignedIn, tutor: User, student: User
) -> None:
    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert signed_in(tutor).get(path).status_code == 200
        return len(queries)

    sessions = f"{SESSIONS}?student_email={student.email}"
    paths = (ATTENDANCE + DAY, f"{ATTENDANCE}{DAY}&format=csv", COVERAGE, sessions)
    practised(student, MIDNIGHT)
    few = [asked(path) for path in paths]
    for number in range(30):
        pupil = User.objects.create_user(f"p{number}@example.com", user_type="student")
        TutorStudent.objects.create(student=pupil, tutor=tutor)
        practised(pupil, MIDNIGHT + timedelta(minutes=number))
    assert [asked(path) for path in paths] == few
    assert max(few) <= 8
