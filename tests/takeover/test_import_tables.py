"""Feedback and sessions of somebody else's tables come into SQL, once each, and nothing is lost."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from feedback.models import Feedback
from feedback.replay_source import undelivered_of
from feedback.sources import feedback_import
from realtime.models import PracticeSession, Presence
from speaktracker.auth import tokens
from speaktracker.clock import wire
from speaktracker.persistence.models import Change
from speaktracker.roster.models import User
from tests.takeover.conftest import STUDENT, TUTOR, ForeignTables, a_feedback, a_session, says

FEEDBACK, SESSIONS = "feedback-messages", "practice-sessions"


def everything() -> list[tuple[Any, ...]]:
    """Read all that imports make, as it must be whatever way it came."""
    columns = ("message_id", "sequence", "session_id", "timestamp", "state", "student", "tutor")
    return sorted(Feedback.objects.values_list(*columns), key=str)


def listed(student: User) -> list[dict[str, Any]]:
    """Read the student's list over the API, page after page."""
    client, before, found = APIClient(), "", []
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(student)}")
    while before is not None:
        page = client.get("/api/student/feedback", {"before": before} if before else {}).json()
        found += page["results"]
        before = page["next"]
    return found


def test_five_hundred_survive_are_taken_once_and_stand_in_the_list(
    tables: ForeignTables, student: User
) -> None:
    tables.put(FEEDBACK, [a_feedback(n) for n in range(500)])
    before = tables.items(FEEDBACK)
    assert "Every table is there" in says("create_tables")
    assert "500 items of feedback-messages were never ours" in says("mirror", "--verify")
    assert "500 in feedback-messages" in says("mirror", "--rebuild")
    assert tables.items(FEEDBACK) == before
    assert "500 taken, 0 known already" in says("import_tables")
    first = everything()
    assert "0 taken, 500 known already" in says("import_tables")
    assert everything() == first
    texts = [entry["message"] for entry in listed(student)]
    assert texts == [f"말 {n}" for n in reversed(range(500))]
    assert "never ours" not in says("mirror", "--rebuild") + says("mirror", "--verify")
    assert [item["message_text"] for item in tables.items(FEEDBACK)] == [
        item["message_text"] for item in before
    ]


def test_it_is_delivered_in_its_order_like_any_other(tables: ForeignTables, student: User) -> None:
    tables.put(FEEDBACK, [a_feedback(n) for n in (3, 1, 2)])
    says("import_tables")
    (messages,) = undelivered_of([(student.pk, False)])
    assert [message.sequence for message in messages] == [1, 2, 3]
    assert [message.text.count(f"말 {n}") for n, message in enumerate(messages, 1)] == [1, 1, 1]
    assert Presence.objects.get(student=student).feedback_sequence == 3


def test_one_that_broke_off_in_the_middle_goes_on(
    tables: ForeignTables, student: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.put(FEEDBACK, [a_feedback(n) for n in range(500)])
    original, calls = feedback_import.create, []

    def create(*arguments: Any) -> None:
        original(*arguments)
        calls.append(arguments)
        if len(calls) == 2:
            raise SystemExit  # killed, with its second transaction open

    monkeypatch.setattr(feedback_import, "create", create)
    with pytest.raises(SystemExit):
        says("import_tables")
    monkeypatch.setattr(feedback_import, "create", original)
    assert Feedback.objects.count() == 200
    assert "300 taken, 200 known already" in says("import_tables")
    assert [row.sequence for row in Feedback.objects.order_by("timestamp")] == [*range(1, 501)]


def test_a_dry_run_counts_and_writes_nothing(tables: ForeignTables) -> None:
    tables.put(FEEDBACK, [a_feedback(n) for n in range(3)])
    tables.put(SESSIONS, [a_session()])
    said = says("import_tables", "--dry-run", "--create-users")
    assert "feedback-messages: 3 taken" in said
    assert "practice-sessions: 1 taken" in said
    assert "2 users would be made" in said
    made = (User, Feedback, PracticeSession, Change)
    assert [model for model in made if model.objects.exists()] == []


def test_of_whom_no_user_exists_is_counted_and_made_if_wanted(tables: ForeignTables) -> None:
    tables.put(FEEDBACK, [a_feedback(n) for n in range(3)])
    said = says("import_tables")
    assert "0 taken, 0 known already, 0 expired, 3 of whom no user exists" in said
    assert f"{STUDENT}, {TUTOR}" in said
    assert "3 taken" in says("import_tables", "--create-users")
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert {(u.email, u.user_type) for u in User.objects.all()} == {
        (STUDENT, "student"),
        (TUTOR, "tutor"),
    }


BAD: dict[str, dict[str, Any]] = {
    "composite_key does not name": {"composite_key": "only#two"},
    "no time that can be read": {"timestamp": "yesterday"},
    "neither text nor tts": {"message_type": "video"},
    "neither text nor audio": {"message_text": " "},
    "longer than 2000": {"message_text": "x" * 2001},
    "AUDIO_URL_HOSTS": {"audio_url": "https://elsewhere.example/a.mp3", "message_type": "tts"},
    "longer than 128": {"composite_key": f"{TUTOR}#{STUDENT}#{'s' * 129}"},
    "is no text": {"message_text": {"BOOL": True}},
    "somebody who is none": {"composite_key": f"{STUDENT}#{STUDENT}#s"},
    "its record is gone": {"message_text": "\x02enc1:k.c:1:b:x"},
}


def test_bad_items_are_counted_in_words_and_stay(tables: ForeignTables, student: User) -> None:
    tables.put(FEEDBACK, [a_feedback(n, **bad) for n, bad in enumerate(BAD.values())])
    expired = {"ttl": {"N": "1700000000"}}
    tables.put(FEEDBACK, [a_feedback(90, **expired), a_feedback(91)])
    before = tables.items(FEEDBACK)
    said = says("import_tables")
    assert f"1 taken, 0 known already, 1 expired, 0 of whom no user exists, {len(BAD)} that" in said
    assert [words for words in BAD if words not in said] == []
    assert tables.items(FEEDBACK) == before


SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "no attributes but the key's": (
        {"student_email": None, "tutor_email": None, "message_type": None, "ttl": None},
        {"message_type": "text", "tutor_email": TUTOR},
    ),
    "null instead of absent": ({"audio_url": {"NULL": True}}, {"audio_url": None}),
    "a session with #": ({"composite_key": f"{TUTOR}#{STUDENT}#a#b#c"}, {"session_id": "a#b#c"}),
    "addresses in capitals": (
        {"composite_key": "Tutor@Example.com#STUDENT@example.com#s"},
        {"student_email": STUDENT, "tutor_email": TUTOR},
    ),
    "speech": (
        {"message_type": "tts", "audio_url": "https://localhost/a.mp3", "message_text": ""},
        {"message_type": "tts", "audio_url": "https://localhost/a.mp3", "message": ""},
    ),
    "speech without audio": ({"message_type": "tts"}, {"message_type": "text", "speak": True}),
    "an id of its own": ({"message_id": "msg_1"}, {"message_type": "text"}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_foreign_shapes_are_read(tables: ForeignTables, student: User, shape: str) -> None:
    item, becomes = SHAPES[shape]
    tables.put(FEEDBACK, [a_feedback(1, **item)])
    assert "1 taken" in says("import_tables")
    row = Feedback.objects.get()
    assert {name: getattr(row, name) for name in becomes} == becomes
    assert "0 taken, 1 known already" in says("import_tables")


def test_a_key_that_is_written_otherwise_becomes_ours_and_hides_no_other(
    tables: ForeignTables, student: User
) -> None:
    times = ["10:30:00.000Z", "10:30:00Z", "10:30:00.000400Z", "10:30:00.001Z", "19:30:00+09:00"]
    at = [f"2026-01-14T{time}" for time in times]
    key = f"{TUTOR}#{STUDENT}#s"
    tables.put(FEEDBACK, [a_feedback(n, timestamp=t, composite_key=key) for n, t in enumerate(at)])
    assert "5 taken" in says("import_tables")
    stored = {row.message: wire(row.timestamp)[20:] for row in Feedback.objects.all()}
    assert (stored["말 0"], stored["말 3"]) == ("000Z", "001Z")
    assert sorted(stored.values()) == ["000Z", "001Z", "002Z", "003Z", "004Z"]
    assert "0 taken, 5 known already" in says("import_tables")
    # Nothing is foreign any more: what stood under another key goes once it stands under ours.
    assert "FAILED" not in says("mirror", "--rebuild", "--keep-foreign")
    assert "0 differences, 0 with" in says("mirror", "--verify")
    assert len(tables.items(FEEDBACK)) == 5


SESSION_SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as the original writes it": (
        {},
        {"progress": 33.33, "current_sentence": "", "ended_at": None},
    ),
    "without a tutor": ({"tutor_email": None}, {"tutor_email": ""}),
    "only its start": ({"last_update": None, "status": None}, {"status": "idle"}),
    "a number as text": ({"progress": "45.5", "status": "FINISHED"}, {"progress": 45.5}),
    "hardly any progress": ({"progress": {"N": "1E-130"}}, {"progress": 0}),
    "a # in its id": ({"session_id": "a#b#c#d"}, {"session_id": "a#b#c#d"}),
    "an address in capitals": (
        {"student_email": "STUDENT@example.com"},
        {"student_email": STUDENT},
    ),
}


@pytest.mark.parametrize("shape", SESSION_SHAPES)
def test_sessions_are_taken_as_they_were_left(
    tables: ForeignTables, student: User, shape: str
) -> None:
    item, becomes = SESSION_SHAPES[shape]
    tables.put(SESSIONS, [a_session(**item)])
    assert "practice-sessions: 1 taken" in says("import_tables")
    session = PracticeSession.objects.get(student=student)
    assert {name: getattr(session, name) for name in becomes} == becomes
    assert "practice-sessions: 0 taken, 1 known already" in says("import_tables")


def test_a_session_that_is_written_otherwise_becomes_ours(
    tables: ForeignTables, student: User
) -> None:
    tables.put(SESSIONS, [a_session(student_email="STUDENT@example.com")])
    says("import_tables")
    assert "FAILED" not in says("mirror", "--rebuild", "--keep-foreign")
    assert [item["student_email"]["S"] for item in tables.items(SESSIONS)] == [STUDENT]
    assert "never ours" not in says("mirror", "--verify")


def test_bad_and_old_sessions_stay(tables: ForeignTables, student: User) -> None:
    old = {"started_at": "2020-01-14T10:30:00Z", "last_update": None}
    changes: list[dict[str, Any]] = [
        old,
        {"status": "away"},
        {"progress": {"N": "1000001"}},
        {"progress": "much"},
    ]
    items = [a_session(session_id=f"s{n}", **item) for n, item in enumerate(changes)]
    tables.put(SESSIONS, items)
    said = says("import_tables")
    assert "0 taken, 0 known already, 1 expired, 0 of whom no user exists, 3 that" in said
    assert "status is none of studying, idle, paused, finished" in said
    assert len(tables.items(SESSIONS)) == 4
