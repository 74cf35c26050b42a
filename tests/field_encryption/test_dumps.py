"""What SQL and DynamoDB hold, as one who steals a dump of either reads it."""

import asyncio
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from feedback import store
from feedback.models import Feedback
from feedback.validation import Draft
from speaktracker.db.threads import run_long, write
from speaktracker.persistence.tables import FEEDBACK
from speaktracker.roster.models import User
from speaktracker.roster.services import assign_tutor
from tests.cluster.databases import postgresql_program
from tests.field_encryption.conftest import UseKeys
from tests.field_encryption.database_process import database_url
from tests.field_encryption.test_stored_feedback import at_rest
from tests.persistence.conftest import Relaying
from tests.persistence.mirror import Mirror

# Nobody else has written these to the file of this run's database.
SECRETS = (f"발음이 좋아졌어요 {uuid.uuid4()}", f"https://localhost/{uuid.uuid4()}.mp3")


def give(count: int) -> None:
    """Store spoken feedback of a tutor to their student."""
    student, _ = User.objects.get_or_create(email="student@example.com", user_type="student")
    tutor, _ = User.objects.get_or_create(email="tutor@example.com", user_type="tutor")
    assign_tutor(student, tutor)
    for _ in range(count):
        store.store(tutor.pk, Draft(student.email, "s", SECRETS[0], "tts", SECRETS[1]), None)


def dumped() -> bytes:
    """Read SQLite's file with its log, or what pg_dump writes."""
    if connection.vendor == "sqlite":
        # By another process: closing the file in this one would free the locks that SQLite has.
        place = Path(str(connection.settings_dict["NAME"]))
        words = ["cat", *map(str, place.parent.glob(f"{place.name}*"))]
    else:
        words = [postgresql_program("pg_dump"), "--dbname", database_url()]
    return subprocess.run(words, check=True, capture_output=True, timeout=60).stdout


def readable_in(dump: bytes) -> list[str]:
    return [secret for secret in SECRETS if secret.encode() in dump]


def test_a_dump_of_sql_holds_no_text(use_keys: UseKeys, transactional_db: None) -> None:
    use_keys("new")
    give(20)
    assert readable_in(dumped()) == []
    assert b"student@example.com" in dumped()


def test_what_was_stored_before_there_was_a_key_is_gone_after_rotation(
    use_keys: UseKeys, transactional_db: None
) -> None:
    use_keys()
    give(20)
    assert readable_in(dumped()) == [*SECRETS]
    use_keys("new")
    call_command("rotate_field_keys")
    assert readable_in(dumped()) == []


@pytest.fixture
async def real_mirror(aws: Any, transactional_db: None) -> Mirror:
    """Make the tables, for the product's own records."""
    made = Mirror(aws)
    await asyncio.to_thread(made.make_tables)
    return made


async def test_the_mirror_holds_what_sql_holds_and_verifies(
    real_mirror: Mirror, relaying: Relaying, use_keys: UseKeys
) -> None:
    use_keys()
    await write(give, 2)
    use_keys("new")
    await write(give, 2)
    async with relaying():
        await real_mirror.is_complete()
        await run_long(lambda: call_command("rotate_field_keys"))
        await real_mirror.is_complete()
    items = await real_mirror.items(FEEDBACK)
    assert (len(items), readable_in(str(items).encode())) == (4, [])
    texts = {item["message_text"]["S"] for item in items}
    assert texts == await write(lambda: {at_rest(row) for row in Feedback.objects.all()})
