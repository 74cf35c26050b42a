"""What is past its time leaves in small batches, and others come in between."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Model
from uuid_utils.compat import uuid7

from feedback.models import Feedback
from feedback.services import purge as purge_feedback
from realtime import housekeeping
from realtime.models import PracticeSession
from speaktracker import db
from speaktracker.clock import now
from speaktracker.roster.models import User

ROWS, TOGETHER = 25, 10
LONG_AGO = timedelta(days=400)


def feedback(person: User, at: datetime) -> list[Model]:
    return [
        Feedback(
            message_id=uuid7(),
            student=person,
            session_id="s",
            message="m",
            message_type="text",
            timestamp=at,
            expires_at=at,
            sequence=number,
        )
        for number in range(ROWS)
    ]


def practised(person: User, at: datetime) -> list[Model]:
    return [
        PracticeSession(student=person, session_id=str(n), started_at=at, last_update=at)
        for n in range(ROWS)
    ]


def sessions(_person: User, at: datetime) -> list[Model]:
    return [Session(session_key=str(n), session_data="", expire_date=at) for n in range(ROWS)]


def log_entries(person: User, at: datetime) -> list[Model]:
    people = ContentType.objects.get_for_model(User)
    return [
        LogEntry(user=person, content_type=people, action_flag=1, action_time=at)
        for _ in range(ROWS)
    ]


KINDS: list[Any] = [
    (feedback, "feedback.store.PURGE_ROWS", purge_feedback),
    (practised, "realtime.presence.practice_sessions.PURGE_ROWS", housekeeping.purge_sessions),
    (sessions, "speaktracker.auth.validity.services.PURGED_TOGETHER", housekeeping.purge_ended),
    (
        log_entries,
        "speaktracker.roster.erasure.admin_log.PURGE_ROWS",
        housekeeping.purge_old_admin_log,
    ),
]


@pytest.mark.parametrize(("make", "bound", "purge"), KINDS)
async def test_expired_rows_leave_in_batches_and_others_write_in_between(
    transactional_db: None,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[User, datetime], list[Any]],
    bound: str,
    purge: Callable[[], Any],
) -> None:
    monkeypatch.setattr(bound, TOGETHER)
    person = await db.write(User.objects.create_user, "student@example.com", user_type="student")
    old = await db.write(make, person, now() - LONG_AGO)
    rows = type(old[0]).objects
    await db.write(rows.bulk_create, old)
    purging, left = asyncio.create_task(purge()), {ROWS}
    while not purging.done():
        left.add(await db.write(rows.count))
    await purging
    # Whoever wrote meanwhile came in after each batch.
    assert left | {0} == {25, 15, 5, 0}
