"""What the doctor says of the mirror's tables, credentials and clock."""

import json
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from speaktracker.doctor.findings import Finding
from speaktracker.doctor.mirror_checks import check_mirror
from speaktracker.persistence.backends import dynamodb_from_settings
from speaktracker.persistence.tables import FEEDBACK, TABLES

MINUTES = 60


def said(findings: Iterator[Finding]) -> list[tuple[str, str]]:
    return [(finding.state, finding.says) for finding in findings]


def test_off_is_off(settings: Settings) -> None:
    settings.MIRROR = "off"
    settings.DYNAMODB_ENDPOINT_URL = "http://127.0.0.1:1"
    assert [state for state, _ in said(check_mirror())] == ["off", "warning"]


def test_tables_are_missed_found_and_looked_at_closely(aws: Any, settings: Settings) -> None:
    missing = said(check_mirror())
    assert [state for state, _ in missing] == ["failed"] * 3
    assert all("run `manage.py create_tables`" in says for _, says in missing)

    list(dynamodb_from_settings().ensure_tables())
    assert [state for state, _ in said(check_mirror())] == ["ok"] * 3

    name = f"{settings.STACK}-{FEEDBACK.name}"
    found = aws.describe_table(TableName=name)["Table"]
    aws.delete_table(TableName=name)
    aws.create_table(
        TableName=name,
        KeySchema=found["KeySchema"],
        AttributeDefinitions=[
            each for each in found["AttributeDefinitions"] if each["AttributeName"] in FEEDBACK.keys
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    states, sentences = zip(*said(check_mirror()), strict=True)
    assert states == ("ok", "failed", "ok")
    assert f"The table {name} lacks student_email-index" in sentences[1]
    assert f"The table {name} does not expire items" in sentences[1]


class Aws:
    """Answers every call as AWS answers a wrong one, with its own clock."""

    def __init__(self, code: str, minutes_ahead: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                body = json.dumps({"__type": f"com.amazon.coral.service#{code}", "message": "no"})
                self.send_response_only(400)
                self.send_header("Date", formatdate(time.time() + minutes_ahead * 60, usegmt=True))
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()


@pytest.mark.parametrize(
    ("code", "minutes", "says"),
    [
        ("ExpiredTokenException", 0, "The AWS credentials have run out: renew them."),
        ("UnrecognizedClientException", 0, "check AWS_ACCESS_KEY_ID"),
        ("InvalidSignatureException", 0, "check AWS_SECRET_ACCESS_KEY"),
        ("InvalidSignatureException", 10, "s behind AWS', which refuses signatures"),
        ("InvalidSignatureException", -10, "s ahead of AWS', which refuses signatures"),
    ],
)
def test_what_aws_refuses_is_said_once_with_its_cause(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, code: str, minutes: int, says: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    aws = Aws(code, minutes)
    settings.MIRROR, settings.AWS_REGION = "dynamodb", "us-east-1"
    settings.DYNAMODB_ENDPOINT_URL = aws.url
    (failed, left_out) = said(check_mirror())
    aws.http.shutdown()
    aws.http.server_close()
    assert (failed[0], left_out[0]) == ("failed", "unknown")
    assert says in failed[1]
    assert left_out[1].count(f"{settings.STACK}-") == len(TABLES)
