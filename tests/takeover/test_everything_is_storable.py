"""Whatever status or feedback the server accepts, DynamoDB holds: nothing is ever set aside."""

import json
import random
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback import store
from feedback.models import Feedback
from feedback.socket_commands import draft_of
from realtime.mirror import storable_progress
from realtime.models import PracticeSession
from realtime.presence import locks, practice_sessions
from realtime.presence.circumstances import NO_CIRCUMSTANCES
from realtime.presence.class_rules import Report
from realtime.protocol.client_messages import FeedbackMessage, StatusMessage
from realtime.protocol.errors import MessageRefused
from realtime.socket_commands.status import take
from realtime.sockets.live_connection import NOTHING_SAID
from speaktracker.clock import now
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.models import Change
from speaktracker.persistence.records import SESSION_LIFETIME, SessionRecord
from speaktracker.persistence.tables import SESSIONS, Attributes
from speaktracker.roster.models import User
from tests.takeover.conftest import STUDENT, TUTOR, ForeignTables, says

# What changes its length in NFC, is cut out, has four bytes, or parts a key.
ODD = [
    "\u0958",
    "\U0001d160",
    "\x00",
    "\x9f",
    "\ufdfa",
    "😀",
    "#",
    "가",
    "\u1112\u1161",
    "\ud800",
    '"',
]
NUMBERS = [5e-324, -5e-324, 1e-130, 1e-131, 0.1 + 0.2, -0.0, -0.001, 1e6, -1e6, 99.995, 2.2e-308]

numbers = st.one_of(st.sampled_from(NUMBERS), st.floats(), st.integers())
texts = st.text(st.one_of(st.sampled_from([o for o in ODD if len(o) == 1]), st.characters()))
statuses = st.fixed_dictionaries(
    {"status": st.sampled_from(["studying", "idle", "paused", "finished"]), "session_id": texts},
    optional={"current_sentence": texts, "progress": numbers, "timestamp": texts},
)


def accepted(said: dict[str, Any], user: Any = None) -> Report | None:
    """Take a status as a student's connection does; None where it is refused."""
    connection: Any = SimpleNamespace(
        user_id=user.pk if user else 1,
        email=STUDENT,
        tutor=True,
        said=NOTHING_SAID,
        version=0,
        circumstances=NO_CIRCUMSTANCES,
        reported=None,
    )
    try:
        frame = json.dumps({"type": "status", **said}).encode()
        return take(connection, msgspec.json.decode(frame, type=StatusMessage))
    except (msgspec.DecodeError, MessageRefused):
        return None


def fits(item: Attributes) -> bool:
    """Judge by DynamoDB's own limits, which emulators do not all keep."""
    sizes = {name: len(str(value).encode()) for name, value in item.items()}
    for value in item.values():
        if isinstance(value, Decimal) and value:
            digits = len(value.normalize().as_tuple().digits)
            if digits > 38 or not Decimal("1E-130") <= abs(value) < Decimal("1E126"):
                return False
    hash_key, range_key = sizes["student_email"], sizes["session_id"]
    return 0 < hash_key <= 2048 and 0 < range_key <= 1024 and sum(sizes.values()) < 400_000


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(statuses)
def test_an_accepted_status_is_within_the_limits_of_every_store(said: dict[str, Any]) -> None:
    if not (report := accepted(said)):
        return
    practice = report.practice
    item = SESSIONS.item(
        SessionRecord(
            student_email=STUDENT,
            session_id=practice.session_id or "",
            tutor_email=TUTOR,
            status=practice.status or "",
            current_sentence=practice.current_sentence,
            progress=practice.progress,
            started_at=now(),
            last_update=now(),
            ttl=now() + SESSION_LIFETIME,
        )
    )
    assert fits(item)
    columns = {"session_id": practice.session_id, "client_timestamp": report.client_timestamp}
    for name, value in columns.items():
        column: Any = PracticeSession._meta.get_field(name)
        assert len(value or "") <= column.max_length


def test_a_clock_text_that_grows_in_nfc_fits_its_column() -> None:
    said = {"status": "idle", "session_id": "s", "timestamp": "\u0958" * 64}
    report = accepted(said)
    assert report
    assert len(report.client_timestamp or "") == 64


def text(chance: random.Random, most: int) -> str:
    """Make a text of at most so many characters, of odd and ordinary ones."""
    length = chance.choice([1, 2, 7, most, chance.randint(1, most)])
    return "".join(chance.choice([*ODD, "a", " ", "\n"]) for _ in range(length))


def report_many(student: User, number: int, chance: random.Random) -> int:
    """Have the journal's writer store generated statuses; gives how many were accepted."""
    found: list[Report] = []
    while len(found) < number:
        said: dict[str, Any] = {
            "status": chance.choice(["studying", "idle", "paused", "finished"]),
            "session_id": f"{len(found)}{text(chance, 120)}",
            "current_sentence": text(chance, 400),
            "progress": chance.choice([*NUMBERS, chance.uniform(-1e6, 1e6)]),
            "timestamp": text(chance, 64),
        }
        if report := accepted(said, student):
            found.append(report)
    for start in range(0, number, 100):
        # One version each: none of a batch looks older than another.
        some = {r.practice.session_id: r for r in found[start : start + 100]}
        with transaction.atomic():
            practice_sessions.record(list(some.values()), locks.students([student.pk]))
    return PracticeSession.objects.count()


def give_many(tutor: User, number: int, chance: random.Random) -> None:
    """Store generated feedback as the socket's command does."""
    given_number = 0
    while given_number < number:
        said = {"type": "feedback", "student_email": STUDENT, "message_type": "text"}
        said |= {"session_id": text(chance, 128), "message": text(chance, 2000)}
        if chance.random() < 0.3:
            said |= {"message_type": "tts", "audio_url": "https://localhost/" + "a" * 900}
        said["timestamp"] = text(chance, 64)
        try:
            frame = json.dumps(said).encode()
            draft = draft_of(msgspec.json.decode(frame, type=FeedbackMessage))
        except (msgspec.DecodeError, MessageRefused):
            continue
        store.store(tutor.pk, draft)
        given_number += 1


@pytest.mark.parametrize("progress", [5e-324, 1e300, -1e-200, 33.333333333])
def test_what_an_older_release_took_is_mirrored_after_all(progress: float) -> None:
    shown = storable_progress(progress)
    assert fits({"student_email": "s", "session_id": "s", "progress": Decimal(str(shown))})


@pytest.mark.parametrize(
    ("statuses", "feedback"),
    [(100, 40), pytest.param(1000, 200, marks=pytest.mark.soak)],
)
def test_what_was_accepted_is_mirrored_and_nothing_set_aside(
    tables: ForeignTables, student: User, settings: Any, statuses: int, feedback: int
) -> None:
    chance = random.Random(16)
    settings.LIMITS = replace(settings.LIMITS, student_feedback_per_minute=10_000)
    tutor = User.objects.get(email=TUTOR)
    sessions = report_many(student, statuses, chance)
    give_many(tutor, feedback, chance)
    assert sessions == statuses
    assert Feedback.objects.count() == feedback
    Change.objects.all().delete()  # a session's second change would wait for its five seconds
    assert "FAILED" not in says("mirror", "--rebuild")
    assert mirror_health().set_aside == 0
    assert f"{sessions + feedback} records compared, 0 differences" in says("mirror", "--verify")
