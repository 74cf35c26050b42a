"""`manage.py new_management_key` prints a pair that the settings take."""

import io
import re

import pytest
from django.core.management import call_command

from speaktracker.configuration.management_keys import management_keys_from_environment


def test_the_key_that_is_printed_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.StringIO()
    call_command("new_management_key", stdout=printed)
    line = re.search(r"^MANAGEMENT_API_KEYS=(\S+)$", printed.getvalue(), re.MULTILINE)
    assert line
    monkeypatch.setenv("MANAGEMENT_API_KEYS", line[1])
    (key,) = management_keys_from_environment().values()
    assert f'aws_secret_access_key="{key.secret}"' in printed.getvalue()
    assert 'boto3.client(\n    "apigatewaymanagementapi"' in printed.getvalue()
