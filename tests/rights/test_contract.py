"""What schemathesis makes of the OpenAPI document, asked of real processes by all callers."""

from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from tests.patient_clients import PATIENCE_SECONDS, call
from tests.rights.doors import bearer
from tests.rights.site import RightsSite

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("rights"),
    # Schemathesis' own strategies ask `random` now and then.
    pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning"),
]
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
# They sign out everywhere, too; nobody else stands on their credentials.
CALLERS = ("nobody", "leaver-tutor", "leaver-student", "leaver-super", "forged")
# Whoever is nobody is told so whatever they ask.
REFUSED = ("nobody", "forged")
MANY = pytest.param(20, marks=pytest.mark.soak)


@cache
def document(url: str) -> dict[str, Any]:
    """Fetch the OpenAPI document of a server."""
    found: dict[str, Any] = call("GET", f"{url}/api/schema?format=json").json()
    return found


@pytest.mark.parametrize("examples", [3, MANY])
@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("caller", CALLERS)
def test_no_call_is_answered_but_as_described(
    rights: RightsSite, caller: str, mode: GenerationMode, examples: int
) -> None:
    url = rights.cluster.nodes[0].server.url
    headers = _headers(rights, url, caller)
    schema = schemathesis.openapi.from_dict(document(url))
    for path in sorted(document(url)["paths"], key=lambda path: "sign-out" in path):
        for method in document(url)["paths"][path]:
            described = schema[path][method.upper()]

            @seed(20261128)
            @settings(
                max_examples=1 if caller in REFUSED else examples,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(described.as_strategy(generation_mode=mode))
            def keeps_to_it(case: Any) -> None:
                if "tutor" in caller and isinstance(case.body, dict) and mode.is_positive:
                    case.body["student_email"] = rights.email("student")
                answer = case.call(base_url=url, headers=headers, timeout=PATIENCE_SECONDS)
                assert answer.status_code != 500, answer.text
                case.validate_response(answer, checks=CHECKS)

            keeps_to_it()


def _headers(site: RightsSite, url: str, caller: str) -> dict[str, str]:
    if caller == "nobody":
        return {}
    if caller == "forged":
        return bearer(site.forged["forged"])
    words = {"email": site.email(caller), "password": site.people[caller]["password"]}
    answer = call("POST", f"{url}/api/auth/token", json=words).raise_for_status().json()
    site.secrets.add_all("signing in", answer)
    return bearer(answer["access"])
