"""One JSON line per event, complete and without secrets."""

import io
import json
import logging
from typing import Any

import pytest

from speaktracker import logs


@pytest.fixture
def lines() -> Any:
    """Read what was logged as JSON."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.formatter())
    root = logging.getLogger()
    logging.getLogger("speaktracker").setLevel(logging.INFO)
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)
    logging.getLogger("speaktracker").setLevel(logging.WARNING)


def test_a_message_line_has_the_fields_of_the_contract(lines: Any) -> None:
    logs.message(
        connection_id="c",
        user_email="a@b.c",
        message_type="status",
        status="success",
        duration_ms=1.5,
    )
    (line,) = lines()
    assert line["timestamp"].endswith("Z")
    wanted = {
        "event_type": "message",
        "connection_id": "c",
        "user_email": "a@b.c",
        "message_type": "status",
        "status": "success",
        "duration_ms": 1.5,
    }
    assert wanted.items() <= line.items()


@pytest.mark.parametrize(
    "text",
    [
        "GET /ws/?token=abc.def.ghi",
        "ticket=abc.def.ghi&x=1",
        "Authorization: Bearer abc.def.ghi",
        "password: abc.def.ghi",
        "bearer.abc.def.ghi",
    ],
)
def test_no_secret_is_ever_logged(lines: Any, text: str) -> None:
    logging.getLogger("some.library").warning("%s", text)
    (line,) = lines()
    assert "abc" not in json.dumps(line)
    assert line["event_type"] == "error"


def test_lines_beyond_the_rate_are_sampled_and_say_so() -> None:
    now = 0.0
    sampler = logs.Sampler(per_second=1, clock=lambda: now)
    assert [sampler.take() for _ in range(3)] == [1, 0, 0]
    now = 1.0
    assert [sampler.take() for _ in range(2)] == [3, 0]
    now = 1.9
    assert sampler.take() == 0
    now = 2.0
    assert sampler.take() == 3


def test_a_line_that_stands_for_several_messages_says_so(lines: Any) -> None:
    logs.message(message_type="status", status="success", stands_for=3)
    assert [line["sampled"] for line in lines()] == [3]
