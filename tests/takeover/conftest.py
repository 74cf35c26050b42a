"""Tables as the original design left them, beside people of this product."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from speaktracker.persistence.backends import dynamodb_from_settings
from speaktracker.roster import services
from speaktracker.roster.models import User, UserType
from tests.persistence.conftest import (  # noqa: F401 - fixtures
    aws,
    engine_port,
    engine_ports,
    relaying,
)

TUTOR, STUDENT = "tutor@example.com", "student@example.com"
NOW = datetime.now(UTC).replace(microsecond=0)
TTL = {"N": str(int((NOW + timedelta(days=20)).timestamp()))}


class ForeignTables:
    """The three tables, into which somebody else puts items with boto3."""

    def __init__(self, client: Any, stack: str) -> None:
        self.client = client
        self.stack = stack

    def name(self, suffix: str) -> str:
        return f"{self.stack}-{suffix}"

    def put(self, suffix: str, items: Iterable[dict[str, Any]]) -> None:
        requests = [{"PutRequest": {"Item": item}} for item in items]
        for start in range(0, len(requests), 25):
            wanted = {self.name(suffix): requests[start : start + 25]}
            assert not self.client.batch_write_item(RequestItems=wanted)["UnprocessedItems"]

    def items(self, suffix: str) -> list[dict[str, Any]]:
        pages = self.client.get_paginator("scan").paginate(TableName=self.name(suffix))
        return sorted((item for page in pages for item in page["Items"]), key=str)


def a_feedback(number: int = 0, **changes: Any) -> dict[str, Any]:
    """Write a feedback as the original's Lambda does; None leaves an attribute out."""
    at = NOW - timedelta(hours=1) + timedelta(milliseconds=1000 * number + 7)
    item: dict[str, Any] = {
        "composite_key": f"{TUTOR}#{STUDENT}#session_{number % 7}",
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "student_email": STUDENT,
        "tutor_email": TUTOR,
        "message_text": f"말 {number}",
        "message_type": "text",
        "ttl": TTL,
    } | changes
    return typed(item)


def a_session(**changes: Any) -> dict[str, Any]:
    """Write a session as the original's Lambda does; None leaves an attribute out."""
    started = (NOW - timedelta(hours=1)).isoformat()
    item: dict[str, Any] = {
        "student_email": STUDENT,
        "session_id": "session_1",
        "tutor_email": TUTOR,
        "status": "studying",
        "current_sentence": "",
        "progress": {"N": "33.3333333333333333333333333333333333"},
        "started_at": started,
        "last_update": started,
        "ttl": TTL,
    } | changes
    return typed(item)


def typed(item: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"S": value} if isinstance(value, str) else value
        for name, value in item.items()
        if value is not None
    }


def says(*words: str) -> str:
    """Run a command as an operator does; gives what it said, its error at the end."""
    out = StringIO()
    try:
        call_command(*words, stdout=out)
    except CommandError as error:
        out.write(f"FAILED {error}")
    return out.getvalue()


@pytest.fixture
def tables(transactional_db: None, aws: Any, settings: Any) -> ForeignTables:  # noqa: F811
    list(dynamodb_from_settings().ensure_tables())
    return ForeignTables(aws, settings.STACK)


@pytest.fixture
def student(transactional_db: None) -> User:
    """A student, with the tutor of the items."""
    tutor = User.objects.create_user(TUTOR, user_type=UserType.TUTOR)
    made = User.objects.create_user(STUDENT, user_type=UserType.STUDENT)
    services.assign_tutor(made, tutor)
    return made
