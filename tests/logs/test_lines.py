"""One JSON line per event, complete and without secrets."""

import io
import json
import logging
from typing import Any

import jwt
import pytest
from django.test import RequestFactory
from structlog.contextvars import bound_contextvars
from structlog.stdlib import ProcessorFormatter

from speaktracker import logs
from speaktracker.logs.line_format import PROCESS

REQUIRED = ["timestamp", "event_type", "connection_id", "user_email", "message_type", "status"]
REQUIRED.append("duration_ms")


@pytest.fixture
def lines() -> Any:
    """Read what was logged as JSON."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.formatter())
    both = (logging.getLogger(), logging.getLogger("django"))  # the latter has a handler of its own
    logging.getLogger("speaktracker").setLevel(logging.INFO)
    for logger in both:
        logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    for logger in both:
        logger.removeHandler(handler)
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
    assert line.pop("timestamp").endswith("Z")
    assert list(line.items())[:8] == [
        ("event_type", "message"),
        ("connection_id", "c"),
        ("user_email", "a@b.c"),
        ("message_type", "status"),
        ("status", "success"),
        ("duration_ms", 1.5),
        ("level", "info"),
        ("process", PROCESS),
    ]


def test_every_line_begins_with_the_fields_of_the_contract(lines: Any) -> None:
    logs.event("connection", connection_id="c", message_type="connect", code="X", status="error")
    logs.message(message_type="feedback", user_email="a@b.c", duration_ms=1, status="success")
    logs.event("error", status="error", exc_info=ValueError("a bug"), level=logging.ERROR)
    logging.getLogger("some.library").error("Odd: %s", "x")
    with bound_contextvars(request_id="r"):
        logging.getLogger("some.library").warning("Odd")
    written = lines()
    assert all(list(line)[: len(REQUIRED)] == REQUIRED for line in written)
    assert [line["level"] for line in written] == ["warning", "info", "error", "error", "warning"]
    assert [line.get("event") for line in written] == [None, None, None, "Odd: x", "Odd"]
    assert written[2]["exception"].endswith("ValueError: a bug")
    assert written[-1]["request_id"] == "r"


def test_a_line_for_people_is_one_line_without_secrets() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 1, "message", (), None)
    record.__dict__.update(
        event_type="message", message_type="status", status="success", x="token=abc"
    )
    line = logs.formatter(text=True).format(record)
    assert "message status" in line
    assert "abc" not in line
    assert "connection_id" not in line


@pytest.mark.parametrize(
    "text",
    [
        "GET /ws/?token=abc.def.ghi",
        "ticket=abc.def.ghi&x=1",
        "Authorization: Bearer abc.def.ghi",
        "password: abc.def.ghi",
        "bearer.abc.def.ghi",
        "the ticket abc1 is not valid",
        "TOKEN abcDEF",
    ],
)
def test_no_secret_is_ever_logged(lines: Any, text: str) -> None:
    logging.getLogger("some.library").warning("%s", text)
    (line,) = lines()
    assert "abc" not in json.dumps(line)
    assert line["event_type"] == "error"


def test_what_is_said_of_a_secret_is_left() -> None:
    said = "the token is not valid: Signature verification failed"
    assert logs.redact(said) == said


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


@pytest.mark.parametrize(
    "query", ["?token=abc.def.ghi", "?access=abc.def.ghi", "?code=ABCDE-FGHIJ"]
)
def test_of_a_request_only_its_method_and_path_are_logged(lines: Any, query: str) -> None:
    request = RequestFactory().get(f"/login/{query}")
    logging.getLogger("django.security").error("odd", extra={"request": request})
    (line,) = lines()
    assert line["request"] == "GET /login/"


def test_a_token_is_known_by_its_looks(lines: Any) -> None:
    token = jwt.encode({"sub": "1"}, "k" * 32)
    logging.getLogger("some.library").warning(
        "nothing at /nonsense/%s", token, extra={"x": [token]}
    )
    (line,) = lines()
    assert line["event"] == "nothing at /nonsense/[redacted]"
    assert token.split(".")[1] not in json.dumps(line)


@pytest.mark.parametrize(
    ("said", "arguments", "fields"),
    [
        ("connection", (), {"event_type": "connection", "duration_ms": 1.5, "client": None}),
        ("refused token=abc of %s", ("x",), {}),
        (
            "x",
            (),
            {"reason": "eyJhbGciOiJI.b.c, Bearer abc, PASSWORD: x, 한글 \ud800"},
        ),
        ("x", (), {"reason": "to\u212aen=abc"}),
        ("x", (), {"number": 3, "flag": True, "odd": {"token": "token=abc"}}),
    ],
)
def test_a_line_written_in_one_go_is_that_of_all_steps(
    said: str, arguments: tuple[str, ...], fields: dict[str, Any]
) -> None:
    in_one_go: Any = logs.formatter()
    by_steps = ProcessorFormatter(
        foreign_pre_chain=in_one_go.foreign_pre_chain, processors=in_one_go.processors
    )
    record = logging.LogRecord("speaktracker", logging.WARNING, "", 0, said, arguments, None)
    record.__dict__.update(fields)
    with bound_contextvars(request_id="r"):
        lines = [each.format(record) for each in (in_one_go, by_steps)]
    first, second = (list(json.loads(line).items())[1:] for line in lines)
    assert first == second
