"""An import that is killed with -9 and run again leaves what one run leaves."""

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as product

from feedback.models import Feedback
from speaktracker.roster.models import User
from tests.persistence.relays import database_url
from tests.takeover.conftest import ForeignTables, a_feedback, says


def import_process() -> "subprocess.Popen[bytes]":
    environment: dict[str, Any] = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "MIRROR": "dynamodb",
        "STACK": product.STACK,
        "AWS_REGION": product.AWS_REGION,
        "DYNAMODB_ENDPOINT_URL": product.DYNAMODB_ENDPOINT_URL,
    }
    words = [sys.executable, "manage.py", "import_tables"]
    return subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)


@pytest.mark.soak
def test_a_killed_import_is_run_again(tables: ForeignTables, student: User) -> None:
    tables.put("feedback-messages", [a_feedback(n) for n in range(5000)])
    with import_process() as process:
        while not Feedback.objects.exists() and process.poll() is None:
            pass
        process.send_signal(signal.SIGKILL)
    some = Feedback.objects.count()
    assert 0 < some < 5000
    assert f"{5000 - some} taken, {some} known already" in says("import_tables")
    rows = Feedback.objects.order_by("timestamp").values_list("sequence", flat=True)
    assert list(rows) == [*range(1, 5001)]
