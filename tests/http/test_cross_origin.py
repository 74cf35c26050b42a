"""SPEC.md section 8, ALLOWED_ORIGINS: what a page of another origin may call and read."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django.fixtures import Settings

from speaktracker.http.cross_origin import headers_of_answer

APP = "https://app.example.com"
CALL = "/api/tutor/feedback"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _app_is_allowed(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]


def preflight(client: Client, path: str = CALL, origin: str = APP) -> Any:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    wanted = "authorization,content-type,idempotency-key"
    return client.options(path, headers={**asked, "Access-Control-Request-Headers": wanted})


@pytest.mark.parametrize("path", [CALL, f"{CALL}/", "/api/auth/token", "/api/nothing"])
def test_a_preflight_needs_no_identity(client: Client, path: str) -> None:
    answer = preflight(client, path)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"authorization", "content-type", "idempotency-key"} <= {*allowed}
    methods = answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert {"GET", "POST", "DELETE"} <= {*methods}
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "origin" in answer.headers["Vary"].lower()


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.com",
        f"{APP}.evil.example.com",
        "http://app.example.com",
        f"{APP}:8443",
        "null",
        "https://",
        "not an origin",
        "https://[",
    ],
)
def test_others_are_told_nothing(client: Client, origin: str) -> None:
    for answer in (preflight(client, origin=origin), client.get(CALL, headers={"Origin": origin})):
        assert not [name for name in answer.headers if name.startswith("Access-Control-Allow-O")]
        assert "origin" in answer.headers["Vary"].lower()


def test_only_the_api_is_open(client: Client) -> None:
    for path in ("/login/", "/student/", "/admin/", "/apix", "/healthz"):
        answer = client.get(path, headers={"Origin": APP})
        assert "Access-Control-Allow-Origin" not in answer.headers, path


@pytest.mark.parametrize(
    ("path", "status"), [(CALL, 401), ("/api/nothing", 404), ("/api/auth/token", 405)]
)
def test_a_refusal_can_be_read(client: Client, path: str, status: int) -> None:
    answer = client.get(path, headers={"Origin": APP})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(("error", "status"), [(RuntimeError("a bug"), 500), (None, 503)])
def test_a_failure_can_be_read(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception | None, status: int
) -> None:
    client.raise_request_exception = False

    def fails(*_args: object, **_kwargs: object) -> None:
        raise error or OperationalError("the database is away")

    monkeypatch.setattr("speaktracker.auth.views.authenticate", fails)
    body = {"email": "a@example.com", "password": "x"}
    answer = client.post("/api/auth/token", body, "application/json", headers={"Origin": APP})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == APP


def test_a_host_that_is_not_ours_can_be_read(client: Client) -> None:
    answer = client.get(CALL, headers={"Origin": APP, "Host": "elsewhere.example.com"})
    assert answer.status_code == 400
    assert answer.headers["Access-Control-Allow-Origin"] == APP


def test_what_the_server_itself_answers_can_be_read() -> None:
    headers = dict(headers_of_answer(CALL, APP))
    assert headers[b"access-control-allow-origin"] == APP.encode()
    assert headers[b"Vary"].lower() == b"origin"
    assert headers_of_answer("/login/", APP) == []
    assert b"access-control-allow-origin" not in dict(headers_of_answer(CALL, "https://x.example"))
    assert dict(headers_of_answer(CALL, None)).keys() == {b"Vary"}
