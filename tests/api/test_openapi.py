"""The OpenAPI document and its page; tests/rights holds the API against it."""

import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

DOCUMENT: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]


def test_it_is_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn")
    assert capsys.readouterr().err == ""


def test_it_describes_every_call_once() -> None:
    assert sorted(OPERATIONS) == [
        ("/api/auth/sign-out", "post"),
        ("/api/auth/sign-out-everywhere", "post"),
        ("/api/auth/token", "post"),
        ("/api/auth/token/refresh", "post"),
        ("/api/realtime/ticket", "post"),
        ("/api/student/feedback", "get"),
        ("/api/student/help", "delete"),
        ("/api/student/help", "get"),
        ("/api/student/help", "post"),
        ("/api/student/sentences", "get"),
        ("/api/student/sessions", "get"),
        ("/api/tutor/attendance", "get"),
        ("/api/tutor/coverage", "get"),
        ("/api/tutor/feedback", "get"),
        ("/api/tutor/feedback", "post"),
        ("/api/tutor/help/seen", "post"),
        ("/api/tutor/loans", "get"),
        ("/api/tutor/loans", "post"),
        ("/api/tutor/loans/{loan_id}", "delete"),
        ("/api/tutor/quick-replies", "get"),
        ("/api/tutor/quick-replies", "post"),
        ("/api/tutor/quick-replies/{reply_id}", "delete"),
        ("/api/tutor/quick-replies/{reply_id}", "patch"),
        ("/api/tutor/sessions", "get"),
        ("/api/tutor/students", "get"),
    ]


def test_it_describes_every_outcome_of_giving_feedback() -> None:
    responses = DOCUMENT["paths"]["/api/tutor/feedback"]["post"]["responses"]
    assert set(responses) == {
        *("201", "202", "400", "401", "403", "409", "413", "415", "429", "503")
    }


@pytest.mark.parametrize("path", ["/api/schema", "/api/schema/"])
def test_it_is_served(client: Client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")


@pytest.mark.django_db  # a file that is closed ends a request, and looks after its connection
@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/"])
def test_its_page_loads_nothing_from_elsewhere(client: Client, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    html = page.content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(sources) >= 4
    assert not [source for source in sources if not source.startswith("/")]
    assert not re.search(r"<script>", html)  # the content security policy lets none in
    assert not re.search(r"<style|style=", html)
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
    for source in sources:
        answer = client.get(source)
        assert answer.status_code == 200, source
        answer.close()
