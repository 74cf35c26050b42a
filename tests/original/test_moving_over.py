"""The same handlers, at API Gateway and then with our server as their endpoint, find and post."""

from typing import Any

import pytest

from tests.original.sites import Frame, MovedSite, Room, connection_ids
from tests.patient_clients import call

pytestmark = pytest.mark.xdist_group("original")
# As API Gateway makes one, of a socket that ended without its `$disconnect`.
STALE = "L0SM9cOFvHcCIhw="


def test_feedback_finds_its_student_by_the_index_and_arrives(room: Room) -> None:
    counts = room.site.say(room.tutor, _feedback("발음이 좋아졌어요", room.site.student))
    got = room.student.receive(_is_feedback("발음이 좋아졌어요"))
    assert counts == {"sent": 1, "gone": 0}
    assert got["from"] == room.site.tutor
    key = f"{room.site.tutor}#{room.site.student}#s1"
    assert _row(room, "feedback-messages", composite_key=key, timestamp=got["timestamp"])


def test_feedback_to_a_class_finds_its_students_by_the_other_index(room: Room) -> None:
    assert room.site.say(room.tutor, _feedback("잠시 쉬어요")) == {"sent": 1, "gone": 0}
    assert room.student.receive(_is_feedback("잠시 쉬어요"))["from"] == room.site.tutor


def test_a_status_reaches_the_tutors_dashboard(room: Room) -> None:
    said: Frame = {"type": "status", "status": "studying", "session_id": "s2"}
    said |= {"current_sentence": "How are you?", "progress": 45.5}
    assert room.site.say(room.student, said) == {"sent": 1, "gone": 0}
    got = room.tutor.receive(lambda frame: frame.get("data", {}).get("progress") == 45.5)
    assert got["target_tutor_email"] == room.site.tutor
    assert got["data"]["current_sentence"] == "How are you?"
    row = _row(room, "practice-sessions", student_email=room.site.student, session_id="s2")
    assert row["status"] == "studying"


def test_a_gone_connection_raises_and_its_row_is_deleted(room: Room) -> None:
    student = room.student.connection_id
    row = _row(room, "websocket-connections", connection_id=student)
    room.site.cloud.table("websocket-connections").put_item(Item={**row, "connection_id": STALE})
    counts = room.site.say(room.tutor, _feedback("다시", room.site.student))
    assert counts == {"sent": 1, "gone": 1}
    assert room.student.receive(_is_feedback("다시"))
    assert connection_ids(room.site.cloud, room.site.student) == {student}


def test_a_socket_that_ended_is_posted_to_no_more(room: Room) -> None:
    room.end(room.site.connect(room.site.student))
    counts = room.site.say(room.tutor, _feedback("한 번만", room.site.student))
    assert counts == {"sent": 1, "gone": 0}


def test_an_end_at_api_gateway_is_shown_to_the_tutor(
    originals: dict[str, Room], language: str
) -> None:
    room = originals[language]
    room.end(room.site.connect(room.site.student))
    got = room.tutor.receive(lambda frame: frame.get("action") == "student_left")
    assert got["data"] == {"student_email": room.site.student}


def test_connect_and_disconnect_do_no_harm_beside_our_own_rows(
    moved: dict[str, Room], language: str
) -> None:
    room, site = moved[language], moved[language].site
    assert isinstance(site, MovedSite)
    tab = site.connect(site.student)
    person = {"user_email": site.student, "user_type": "student", "tutor_email": site.tutor}
    assert site.invoke("$connect", tab, queryStringParameters=person) == {}
    assert site.say(room.tutor, _feedback("둘 다", site.student)) == {"sent": 2, "gone": 0}
    room.end(tab)
    assert site.invoke("$disconnect", tab) == {}


def test_what_the_handlers_keep_is_imported_and_listed(moved: dict[str, Room]) -> None:
    for room in moved.values():
        room.site.say(room.tutor, _feedback("어제보다 나아요", room.site.student))
    site = moved["python"].site
    assert isinstance(site, MovedSite)
    site.server.manage("shell", "-c", IMPORT)
    for room in moved.values():
        address = f"{site.server.url}/api/student/feedback"
        listed = call("GET", address, headers=site.bearer(room.site.student)).json()["results"]
        assert "어제보다 나아요" in [feedback["message"] for feedback in listed]


# In one process, which starts once; each ends with a failure where something is different.
IMPORT = """
from django.core.management import call_command
call_command("create_tables")
call_command("import_tables")
call_command("mirror", "--verify")
"""


def _feedback(message: str, student: str | None = None) -> Frame:
    addressed = {"student_email": student} if student else {}
    said = {"type": "feedback", "message": message, "message_type": "text", "session_id": "s1"}
    return said | addressed


def _is_feedback(message: str) -> Any:
    return lambda frame: frame["type"] == "feedback" and frame["message"] == message


def _row(room: Room, table: str, **key: str) -> Frame:
    row: Frame = room.site.cloud.table(table).get_item(Key=key)["Item"]
    return row
