# ruff: noqa: E402 - Django must be set up before what stands on it
"""Fills our own database for the bench; runs in the product's environment.

`python -m bench.people seed` adds everybody, `district N T` a district of N students and T tutors;
`tokens FILE` writes everybody's access token, `rows N` brings feedback and practice sessions to N
rows each.
"""

import json
import os
import sys
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speaktracker.settings")

import django

django.setup()

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from bench.rosters import TUTOR_OF, district, name_of
from feedback.models import Feedback
from realtime.models import PracticeSession
from speaktracker.auth import tokens
from speaktracker.roster.models import User, UserType
from speaktracker.roster.services import assign_many

BATCH = 10_000
R = TypeVar("R", bound=Model)


def seed(tutor_of: Mapping[str, str] = TUTOR_OF) -> None:
    """Add the tutors, the students and who teaches whom."""
    tutors = tuple(dict.fromkeys(tutor_of.values()))
    for user_type, emails in ((UserType.TUTOR, tutors), (UserType.STUDENT, tuple(tutor_of))):
        User.objects.bulk_create(
            (
                User(email=email, name=name_of(email), user_type=user_type, password="!")
                for email in emails
            ),
            batch_size=500,
            ignore_conflicts=True,
        )
    ids = dict(User.objects.values_list("email", "pk"))
    assign_many({ids[student]: ids[tutor] for student, tutor in tutor_of.items()})


def write_tokens(path: Path) -> None:
    """Write {address: access token} of everybody with a type."""
    everybody = User.objects.exclude(user_type=None).iterator(2_000)
    path.write_text(json.dumps({user.email: tokens.issue(user) for user in everybody}))


def fill(rows: int) -> None:
    """Add feedback and finished practice sessions until each table has `rows` rows."""
    students = list(
        User.objects.filter(user_type=UserType.STUDENT).select_related("mapping__tutor")
    )
    fill_table(Feedback, past_feedback, students, rows)
    fill_table(PracticeSession, past_session, students, rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def fill_table(
    model: type[R], make: Callable[[User, int], R], students: list[User], rows: int
) -> None:
    """Add what `make` makes for the students in turn until the table of `model` has `rows` rows."""
    records = model._default_manager
    for start in range(records.count(), rows, BATCH):
        with transaction.atomic():
            numbers = range(start, min(start + BATCH, rows))
            records.bulk_create(
                [make(students[n % len(students)], n) for n in numbers], batch_size=500
            )


def past_feedback(student: User, number: int) -> Feedback:
    """Make feedback number `number` of those given since yesterday."""
    tutor = student.mapping.tutor
    given = timezone.now() - timedelta(days=1, seconds=number % 80_000, milliseconds=number // 80)
    return Feedback(
        message_id=uuid.uuid4(),
        student=student,
        tutor=tutor,
        student_email=student.email,
        tutor_email=tutor.email,
        session_id=f"past-{number}",
        message="발음이 좋아졌어요",
        message_type="text",
        timestamp=given,
        expires_at=given + timedelta(days=30),
        sequence=number + 1,
        state="delivered",
        written_at=given,
    )


def past_session(student: User, number: int) -> PracticeSession:
    """Make practice session number `number` of those finished since yesterday."""
    began = timezone.now() - timedelta(days=1, seconds=number % 80_000)
    return PracticeSession(
        student=student,
        session_id=f"past-{number}",
        student_email=student.email,
        tutor_email=student.mapping.tutor.email,
        status="finished",
        current_sentence="How are you?",
        progress=100,
        started_at=began,
        last_update=began,
        ended_at=began,
        version=number + 1,
    )


if __name__ == "__main__":
    if sys.argv[1] == "seed":
        seed()
    elif sys.argv[1] == "district":
        seed(district(int(sys.argv[2]), int(sys.argv[3])))
    elif sys.argv[1] == "tokens":
        write_tokens(Path(sys.argv[2]))
    else:
        fill(int(sys.argv[2]))
