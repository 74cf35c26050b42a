"""The policies on every answer, and that nobody keeps what is not a static file."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from speaktracker import env
from speaktracker.http.page_security import page_policy
from speaktracker.roster.models import User

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db

# A page, one that needs a sign-in, calls, refusals, a probe, and what is refused before any view.
PATHS = (
    *("/login/", "/student/", "/admin/", "/admin/login/", "/password/changed/", "/nothing"),
    *("/password/forgotten/sent/", "/api/student/feedback", "/api/asyncapi.json", "/api/nothing"),
    *("/healthz", "/ws/", "/api/docs/?script"),
)


def directives(client: Client, path: str, host: str = "testserver") -> dict[str, list[str]]:
    policy = client.get(path, headers={"Host": host}).headers["Content-Security-Policy"]
    return {name: words for name, *words in (part.split() for part in policy.split(";"))}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("signed_in", [False, True])
def test_every_answer_has_its_policies(client: Client, path: str, signed_in: bool) -> None:
    if signed_in:
        client.force_login(User.objects.create_superuser("a@example.com", "pw", user_type=None))
    headers = client.get(path).headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "microphone=()" in headers["Permissions-Policy"]
    policy = headers["Content-Security-Policy"]
    assert not {"'unsafe-inline'", "'unsafe-eval'", "https:", "ws:", "wss:", "*"} & {
        *policy.split()
    }
    for said in (
        "default-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "script-src 'self'",
        "style-src 'self'",
    ):
        assert said in policy


def test_a_host_that_is_not_ours_gets_into_no_policy(client: Client) -> None:
    odd = client.get("/login/", headers={"Host": "evil.example.com"})
    assert odd.status_code == 400
    assert "evil" not in odd.headers["Content-Security-Policy"]
    assert "no-store" in odd.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("host", "sources"),
    [
        ("localhost:8000", ["'self'", "ws://localhost:8000"]),
        ("[::1]:8000", ["'self'"]),
        ("localhost; script-src *", ["'self'"]),
        ("localhost,https://evil.example.com", ["'self'"]),
    ],
)
def test_the_socket_is_named_by_its_exact_host(
    client: Client, host: str, sources: list[str]
) -> None:
    policy = directives(client, "/login/", host)
    assert policy["connect-src"] == sources
    assert policy["script-src"] == ["'self'"]


def test_behind_tls_the_socket_is_wss(client: Client) -> None:
    policy = client.get("/login/", secure=True).headers["Content-Security-Policy"]
    assert "connect-src 'self' wss://testserver" in policy


def test_speech_comes_from_its_hosts_alone() -> None:
    assert page_policy(["cdn.example.com", "b.example.com"])["media-src"] == [
        "https://cdn.example.com",
        "https://b.example.com",
    ]
    assert page_policy([])["media-src"] == ["'none'"]


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        (env.hosts, ("a.example.com; script-src *", "https://a.example.com", "a.example.com:443")),
        (
            env.origins,
            ("https://a.example.com/x", "https://a.example.com?x", "https://u@a.example"),
        ),
    ],
)
def test_what_would_spoil_a_header_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str], list[str]], wrong: tuple[str, ...]
) -> None:
    for value in wrong:
        monkeypatch.setenv("HOSTS", value)
        with pytest.raises(ImproperlyConfigured, match="HOSTS must list"):
            read("HOSTS")
    monkeypatch.setenv("HOSTS", "https://App.example.com" if read is env.origins else "A.example")
    assert read("HOSTS")[0].islower()


def test_static_files_may_be_kept_and_imported(client: Client) -> None:
    file = client.get("/static/realtime/client/client.js")
    assert "no-store" not in file.headers["Cache-Control"]
    assert file.headers["Access-Control-Allow-Origin"] == "*"
    assert "default-src 'none'" in file.headers["Content-Security-Policy"]
    file.close()


def test_a_failure_has_them_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False

    def fails(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("realtime.pages.views.SignIn.get", fails)
    answer = client.get("/login/")
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_deployment_check_is_clean() -> None:
    production = {
        name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"
    }
    production |= {
        "SECRET_KEY": "z1x2c3v4b5n6m7a8s9d0f1g2h3j4k5l6q7w8e9r0t1y2u3i4o5p6",
        "PUBLIC_URL": "https://class.example.com",
        "ALLOWED_ORIGINS": "https://app.example.com",
        "DEBUG": "0",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "DEBUG"]
    done = subprocess.run(
        command, cwd=ROOT, env=production, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr
