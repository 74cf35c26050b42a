"""Feedback listed by the page, and the dashboard as JSON."""

import pytest
from rest_framework.test import APIClient

from feedback import states
from feedback.models import State
from speaktracker.clock import wire
from speaktracker.roster.models import User
from tests.api.conftest import Gave, SignedIn

TUTOR, STUDENT, STUDENTS = "/api/tutor/feedback", "/api/student/feedback", "/api/tutor/students"


def test_a_tutor_lists_own_feedback_newest_first(
    signed_in: SignedIn, tutor: User, student: User, gave: Gave
) -> None:
    rows = gave(tutor, student, 2)
    answer = signed_in(tutor).get(TUTOR)
    assert answer.json() == {
        "results": [
            {
                "type": "feedback",
                "from": "tutor@example.com",
                "student_email": "student@example.com",
                "session_id": "s",
                "message": row.message,
                "message_type": "text",
                "timestamp": wire(row.timestamp),
                "message_id": str(row.message_id),
                "state": "queued",
                "acknowledged": False,
            }
            for row in reversed(rows)
        ],
        "next": None,
    }


@pytest.mark.parametrize("path", [TUTOR, STUDENT])
def test_a_list_says_what_a_client_has_acknowledged(
    signed_in: SignedIn, tutor: User, student: User, gave: Gave, path: str
) -> None:
    first, second = gave(tutor, student, 2)
    states.confirm(student.pk, [str(first.message_id), str(second.message_id)])
    states.acknowledge(student.pk, [str(first.message_id)], State.DELIVERED)
    results = signed_in(tutor if path == TUTOR else student).get(path).json()["results"]
    shown = [(result["state"], result["acknowledged"]) for result in results]
    assert shown == [("delivered", False), ("delivered", True)]


@pytest.mark.parametrize("path", [TUTOR, TUTOR + "/", STUDENT, STUDENT + "/"])
def test_pages_of_fifty_lead_to_the_oldest(
    signed_in: SignedIn, tutor: User, student: User, gave: Gave, path: str
) -> None:
    rows = gave(tutor, student, 120)
    client = signed_in(tutor if "tutor" in path else student)
    seen, before, pages = [], "", 0
    while before is not None:
        page = client.get(path, {"student_email": "", "session_id": "", "before": before}).json()
        seen += [result["message_id"] for result in page["results"]]
        before, pages = page["next"], pages + 1
    assert pages == 3
    assert seen == [str(row.message_id) for row in reversed(rows)]


def test_a_full_last_page_has_no_next(
    signed_in: SignedIn, tutor: User, student: User, gave: Gave
) -> None:
    gave(tutor, student, 50)
    page = signed_in(tutor).get(TUTOR).json()
    assert (len(page["results"]), page["next"]) == (50, None)


def test_feedback_of_one_moment_is_paged_without_loss(
    signed_in: SignedIn, tutor: User, student: User, gave: Gave
) -> None:
    rows = [gave(tutor, student, 1, session_id=f"s{number}")[0] for number in range(60)]
    for row in rows:
        row.timestamp = rows[0].timestamp
        row.save()
    client = signed_in(tutor)
    first = client.get(TUTOR).json()
    second = client.get(TUTOR, {"before": first["next"]}).json()
    ids = {result["message_id"] for result in first["results"] + second["results"]}
    assert ids == {str(row.message_id) for row in rows}


def test_a_list_can_be_narrowed(
    signed_in: SignedIn, tutor: User, student: User, other_student: User, gave: Gave
) -> None:
    gave(tutor, student, 1, "one")
    wanted = gave(tutor, student, 1, "two")
    gave(tutor, other_student, 1, "two")
    query = {"student_email": "Student@example.com", "session_id": "two"}
    results = signed_in(tutor).get(TUTOR, query).json()["results"]
    assert [result["message_id"] for result in results] == [str(wanted[0].message_id)]


def test_nobody_lists_what_is_not_theirs(
    signed_in: SignedIn, tutor: User, student: User, other_student: User, gave: Gave
) -> None:
    [row] = gave(tutor, student)
    other_tutor = User.objects.get(email="other-tutor@example.com")
    assert signed_in(other_tutor).get(TUTOR).json()["results"] == []
    assert signed_in(other_tutor).get(TUTOR, {"before": str(row.message_id)}).status_code == 400
    assert signed_in(other_student).get(STUDENT).json()["results"] == []


@pytest.mark.parametrize("before", ["x", "\x00", "019bbc1e-5a40-7cc3-98c4-dc0c0c07398f"])
def test_an_unknown_cursor_is_named(signed_in: SignedIn, tutor: User, before: str) -> None:
    answer = signed_in(tutor).get(TUTOR, {"before": before})
    assert (answer.status_code, set(answer.data)) == (400, {"before"})


@pytest.mark.parametrize("field", ["student_email", "session_id"])
def test_a_parameter_no_database_can_hold_is_named(
    signed_in: SignedIn, tutor: User, field: str
) -> None:
    answer = signed_in(tutor).get(TUTOR, {field: "a\x00"})
    assert (answer.status_code, set(answer.data)) == (400, {field})


@pytest.mark.parametrize("path", [TUTOR, STUDENTS])
def test_a_students_own_list_is_the_only_one(signed_in: SignedIn, student: User, path: str) -> None:
    assert signed_in(student).get(path).status_code == 403


def test_a_tutor_has_no_feedback_of_a_student(signed_in: SignedIn, tutor: User) -> None:
    assert signed_in(tutor).get(STUDENT).status_code == 403


@pytest.mark.parametrize("path", [TUTOR, STUDENT, STUDENTS])
def test_nobody_lists_nothing(api: APIClient, db: None, path: str) -> None:
    assert api.get(path).status_code == 401


@pytest.mark.parametrize("path", [STUDENTS, STUDENTS + "/"])
def test_a_tutor_reads_the_dashboard(
    signed_in: SignedIn, tutor: User, student: User, other_student: User, path: str
) -> None:
    answer = signed_in(tutor).get(path).json()
    [shown] = answer["students"]
    assert answer.keys() == {"students", "generated_at"}
    assert shown.keys() == {
        *("student_email", "student_name", "status", "session_id", "current_sentence"),
        *("progress", "last_update", "online", "version", "status_since", "progress_since"),
        *("help", "group", "last_feedback", "attention"),
    }
    assert (shown["student_email"], shown["student_name"]) == ("student@example.com", "Student")
    assert (shown["status"], shown["online"]) == (None, False)


def test_a_tutor_without_students_sees_none(signed_in: SignedIn, tutor: User) -> None:
    assert signed_in(tutor).get(STUDENTS).json()["students"] == []
