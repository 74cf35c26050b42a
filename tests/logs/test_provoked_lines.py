"""What an anonymous person can cause fills no log, and an expected outage is one line."""

import logging
import time

import pytest
from django.db import InternalError, OperationalError
from django.test import Client

from speaktracker.http.log_filters import LONGEST, OneLine


def record(name: str, error: BaseException | None = None) -> logging.LogRecord:
    """Make a record of a logger called `name`, with the trace of `error`."""
    info = (type(error), error, None) if error else None
    return logging.LogRecord(name, logging.ERROR, "", 1, "x" * 1_000, (), info)


def test_of_many_foreign_host_headers_few_lines_are_left() -> None:
    one_line = OneLine()
    records = [record("django.security.DisallowedHost", ValueError()) for _ in range(500)]
    written = [one for one in records if one_line.filter(one)]
    assert 1 <= len(written) <= 3
    assert all(one.exc_info is None and len(one.getMessage()) <= LONGEST for one in written)


def test_a_database_that_is_away_is_one_line_and_a_warning() -> None:
    outage = record("django.request", OperationalError("connection refused"))
    assert OneLine().filter(outage)
    assert (outage.exc_info, outage.levelno) == (None, logging.WARNING)


def test_a_call_that_is_refused_meanwhile_has_no_line() -> None:
    refused = record("django.request")
    refused.status_code = 503
    assert not OneLine().filter(refused)
    refused.status_code = 500
    assert OneLine().filter(refused)


@pytest.mark.parametrize("bug", [ValueError("a bug"), InternalError("a bug")])
def test_a_bug_keeps_its_trace(bug: Exception) -> None:
    found = record("django.request", bug)
    assert OneLine().filter(found)
    assert found.exc_info


@pytest.mark.django_db
def test_a_host_that_is_not_ours_is_answered_without_a_trace(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.handler.addFilter(OneLine())
    monkeypatch.setattr(logging.getLogger("django"), "handlers", [caplog.handler])
    began = time.monotonic()
    for _ in range(20):
        assert client.get("/login/", headers={"host": "evil.example"}).status_code == 400
    seconds = time.monotonic() - began  # each of which may have a line
    assert 1 <= len(caplog.records) <= 3 + seconds
    assert "Traceback" not in caplog.text
