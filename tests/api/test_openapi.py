"""The OpenAPI document, its page, and the API against it."""

import re
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.test import Client, override_settings
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from speaktracker.auth import tokens
from speaktracker.limit_settings import Limits
from speaktracker.roster.models import User

DOCUMENT: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


def test_it_is_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn")
    assert capsys.readouterr().err == ""


def test_it_describes_every_call_once() -> None:
    assert sorted(OPERATIONS) == [
        ("/api/auth/token", "post"),
        ("/api/auth/token/refresh", "post"),
        ("/api/realtime/ticket", "post"),
        ("/api/student/feedback", "get"),
        ("/api/tutor/feedback", "get"),
        ("/api/tutor/feedback", "post"),
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


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/"])
def test_its_page_loads_nothing_from_elsewhere(client: Client, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    html = page.content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(sources) >= 4
    assert not [source for source in sources if not source.startswith("/")]
    assert not re.search(r"<script>", html)  # the content security policy lets none in
    assert "script-src" not in page.headers["Content-Security-Policy"]
    for source in sources:
        answer = client.get(source)
        assert answer.status_code == 200, source
        answer.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@override_settings(LIMITS=Limits(user_rest_calls_per_minute=10_000))
def test_the_api_keeps_to_it(operation: tuple[str, str], mode: GenerationMode) -> None:
    path, method = operation
    user_type = "student" if "student/" in path else "tutor"
    user = User.objects.create_user("somebody@example.com", user_type=user_type)
    bearer = {"Authorization": f"Bearer {tokens.issue(user)}"}
    described = schemathesis.openapi.from_dict(DOCUMENT)[path][method.upper()]

    @seed(20260114)
    @settings(
        max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(described.as_strategy(generation_mode=mode))
    def keeps_to_it(case: Any) -> None:
        answer = case.call(app=get_wsgi_application(), headers=bearer, base_url="http://localhost")
        assert answer.status_code < 500
        case.validate_response(answer, checks=CHECKS)

    keeps_to_it()
