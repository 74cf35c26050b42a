"""`manage.py erase_person`: it asks, and finds what is left of people who were deleted before."""

import io
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from pytest_django import Settings

from realtime.models import PracticeSession
from speaktracker.clock import now
from speaktracker.db.threads import run_long
from speaktracker.passwords.services import ask_for_link
from speaktracker.persistence.backends import dynamodb_from_settings
from speaktracker.persistence.base import Write
from speaktracker.persistence.models import WAITING, Change
from speaktracker.persistence.records import ConnectionRecord, connection_key
from speaktracker.persistence.tables import CONNECTIONS
from speaktracker.roster.models import TutorStudent, User
from tests.erasure.conftest import ADDRESS, TUTOR, School
from tests.persistence.conftest import Relaying
from tests.persistence.mirror import until
from tests.traces import traces_in_dynamodb

GONE = "long.gone@example.com"


def erase(*words: str) -> str:
    out = io.StringIO()
    call_command("erase_person", *words, stdout=out, stderr=out)
    return out.getvalue()


def test_without_a_yes_and_nobody_to_ask_nothing_is_erased(school: School) -> None:
    with pytest.raises(CommandError, match="Nothing was erased"):
        erase(ADDRESS)
    assert User.objects.filter(email=ADDRESS).exists()


def test_whoever_is_no_tutor_cannot_take_students_over(school: School) -> None:
    with pytest.raises(CommandError, match="is no active tutor"):
        erase(TUTOR, "--yes", "--successor", ADDRESS)
    assert User.objects.filter(email=TUTOR).exists()


def test_what_is_left_of_somebody_deleted_before_goes(school: School) -> None:
    ask_for_link(GONE, "ko")
    PracticeSession.objects.update(tutor_email=GONE)
    LogEntry.objects.create(
        user=school.director,
        content_type=ContentType.objects.get_for_model(TutorStudent),
        object_id="1",
        object_repr=f"{GONE} → {ADDRESS}",
        action_flag=CHANGE,
        change_message=f"누군가 <{GONE}>.",
    )
    assert len(school.traces(GONE)) == 4
    assert "Nobody has the address" in erase(GONE.upper(), "--yes")
    assert school.traces(GONE, "누군가") == []
    assert school.traces(ADDRESS)


async def test_items_that_sql_knows_nothing_of_are_found_by_the_address(
    aws: Any, transactional_db: None, relaying: Relaying
) -> None:
    backend = await run_long(dynamodb_from_settings)
    await run_long(lambda: list(backend.ensure_tables()))
    record = ConnectionRecord("L0SM9cOFvHcCIhw=", GONE, "student", now(), now())
    left = Write(CONNECTIONS, connection_key(record.connection_id), record)
    await run_long(backend.write, [left])
    async with relaying():
        await run_long(erase, GONE, "--yes")
        await until(lambda: not Change.objects.filter(WAITING).exists())
    assert traces_in_dynamodb(aws, settings.STACK, [GONE]) == []


def test_a_store_that_is_away_is_said_and_the_deletion_waits_for_it(
    school: School, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    settings.MIRROR, settings.AWS_REGION = "dynamodb", "us-east-1"
    settings.DYNAMODB_ENDPOINT_URL = "http://127.0.0.1:9"
    said = erase(ADDRESS, "--yes")
    assert "cannot be reached" in said
    assert "repeat this command" in said
    assert not User.objects.filter(email=ADDRESS).exists()
    assert Change.objects.filter(WAITING, erases=True).count() == 2
