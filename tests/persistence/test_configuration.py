"""A wrong set-up ends in a sentence that says what to do, and never in a traceback."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as product
from django.core.management import CommandError, call_command
from pytest_django import Settings

from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.tables import CONNECTIONS
from tests.persistence import shelf
from tests.persistence.conftest import Relaying
from tests.persistence.mirror import Mirror, until

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def no_aws_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide what boto3 could find on this machine."""
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)


def test_create_tables_without_a_region(aws: Any, settings: Settings, no_aws_files: None) -> None:
    settings.AWS_REGION = ""
    with pytest.raises(CommandError, match="AWS_REGION is missing: set it to"):
        call_command("create_tables", skip_checks=True)


def test_create_tables_without_credentials(
    aws: Any, no_aws_files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CommandError, match="No complete AWS credentials were found: set AWS_"):
        call_command("create_tables")


def test_create_tables_at_an_endpoint_that_is_not_there(aws: Any, settings: Settings) -> None:
    settings.DYNAMODB_ENDPOINT_URL = NOWHERE
    with pytest.raises(CommandError, match="cannot be reached: check DYNAMODB_ENDPOINT_URL"):
        call_command("create_tables")


def test_create_tables_where_the_keys_differ(aws: Any) -> None:
    aws.create_table(
        TableName=Mirror(aws).name(CONNECTIONS),
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(CommandError, match=r"but must have connection_id \(S, HASH\)"):
        call_command("create_tables")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MIRROR", "dynamo"),
        ("STACK", "a b"),
        ("DYNAMODB_ENDPOINT_URL", "localhost:8000"),
        ("DYNAMODB_POOL_SIZE", "many"),
    ],
)
def test_a_wrong_value_stops_the_start_and_is_named(name: str, value: str) -> None:
    said = _start({name: value})
    assert said.startswith(f"manage.py: {name} must be")
    assert "Traceback" not in said


def test_a_missing_region_stops_the_start(no_aws_files: None) -> None:
    said = _start({"MIRROR": "dynamodb"})
    assert "AWS_REGION is missing" in said
    assert "Traceback" not in said


def _start(changes: dict[str, str]) -> str:
    """Run `manage.py check` and give what it says on standard error."""
    words = [sys.executable, "manage.py", "check"]
    environment = os.environ | changes
    done = subprocess.run(
        words, cwd=product.BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert done.returncode
    return done.stderr


async def test_a_server_without_tables_runs_on_and_says_so_before_any_change(
    aws: Any, records: Any, relaying: Relaying
) -> None:
    async with relaying():
        await until(lambda: "is missing: run `manage.py create_tables`" in mirror_health().trouble)


async def test_a_server_without_credentials_runs_on_and_recovers_with_them(
    mirror: Mirror, no_aws_files: None, monkeypatch: pytest.MonkeyPatch, relaying: Relaying
) -> None:
    monkeypatch.setattr("botocore.credentials.CredentialResolver.load_credentials", lambda _: None)
    async with relaying():
        await mirror.put(CONNECTIONS, shelf.a_connection())
        await until(lambda: "No complete AWS credentials" in mirror_health().trouble)


async def test_a_server_at_a_wrong_endpoint_runs_on_and_says_so(
    mirror: Mirror, settings: Settings, relaying: Relaying
) -> None:
    settings.DYNAMODB_ENDPOINT_URL = NOWHERE
    async with relaying():
        await until(lambda: "cannot be reached" in mirror_health().trouble)
