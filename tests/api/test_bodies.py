"""Bodies of POST /api/tutor/feedback that are refused, and how."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from rest_framework.response import Response
from rest_framework.test import APIClient

from speaktracker.roster.models import User
from tests.api.conftest import BODY, SignedIn

PATH = "/api/tutor/feedback"


@pytest.fixture
def client(signed_in: SignedIn, tutor: User) -> APIClient:
    return signed_in(tutor)


def post(client: APIClient, body: bytes, content_type: str = "application/json") -> Response:
    # The stub knows text only; what is no text must be sent, too.
    return client.generic("POST", PATH, body, content_type=content_type)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("student_email", ""),
        ("student_email", "nobody"),
        ("student_email", None),
        ("student_email", 7),
        ("student_email", "a\x00@example.com"),
        ("student_email", "x" * 250 + "@example.com"),
        ("session_id", ""),
        ("session_id", "x" * 129),
        ("session_id", 123),
        ("message", ""),
        ("message", " \n"),
        ("message", "x" * 2_001),
        ("message", 5),
        ("message", True),
        ("message", ["text"]),
        ("message", None),
        ("message_type", "video"),
        ("message_type", "TEXT"),
        ("message_type", {}),
        ("audio_url", "https://localhost/a.mp3"),
        ("audio_url", 5),
        ("speak", "yes"),
        ("speak", 1),
        ("speak", None),
        ("colour", "red"),
        ("from", "tutor@example.com"),
    ],
)
def test_a_bad_field_is_named(client: APIClient, field: str, value: Any) -> None:
    answer = client.post(PATH, BODY | {field: value})
    assert answer.status_code == 400
    assert set(answer.data) == {field}
    assert answer.data[field]


def test_every_missing_or_unknown_field_is_named(client: APIClient) -> None:
    answer = client.post(PATH, {"colour": "red"})
    missing = {"student_email", "session_id", "message", "message_type"}
    assert set(answer.data) == missing | {"colour"}


def test_speech_needs_its_address(client: APIClient) -> None:
    answer = client.post(PATH, BODY | {"message_type": "tts"})
    assert (answer.status_code, set(answer.data)) == (400, {"audio_url"})


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null", b"true", b"[{}]"])
def test_a_body_that_is_no_object_is_refused(client: APIClient, body: bytes) -> None:
    answer = post(client, body)
    assert answer.status_code == 400
    assert answer.data


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"message": "\xff"}',
        b'{"message": NaN}',
        b'{"message": Infinity}',
        b'{"message": 1e999}',
        b'{"message": "\\ud800"}',
        b'{"message": "a\x00b"}',
        b"[" * 60_000,
        b'{"a":' * 10_000,
        "\ufeff{}".encode(),
    ],
)
def test_a_body_that_is_no_json_is_refused(client: APIClient, body: bytes) -> None:
    answer = post(client, body)
    assert answer.status_code == 400
    assert answer.data["code"] == "INVALID_MESSAGE"


@pytest.mark.parametrize("digits", [20, 400, 5_000])
def test_a_huge_number_is_no_text(client: APIClient, digits: int) -> None:
    assert post(client, b'{"message": %s}' % (b"9" * digits)).status_code == 400


def test_a_body_of_a_megabyte_is_too_large(client: APIClient) -> None:
    answer = client.post(PATH, BODY | {"message": "x" * 1_000_000})
    assert (answer.status_code, answer.data["code"]) == (413, "MESSAGE_TOO_LARGE")


def test_another_type_of_body_is_refused(client: APIClient) -> None:
    assert post(client, b"message=hello", "application/x-www-form-urlencoded").status_code == 415


def test_another_method_is_refused(client: APIClient) -> None:
    assert client.delete(PATH).status_code == 405


def test_errors_are_told_in_korean(client: APIClient) -> None:
    answer = client.post(PATH, BODY | {"message": ""}, HTTP_ACCEPT_LANGUAGE="ko")
    assert any("\uac00" <= letter <= "\ud7a3" for letter in answer.data["message"][0])


def test_without_the_database_a_call_may_be_tried_again(client: APIClient) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(fail):
        answer = client.post(PATH, BODY)
    assert (answer.status_code, answer.data["code"]) == (503, "UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) > 0
