"""The pool's settings: a wrong or missing one stops the start with a sentence that names it."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from speaktracker.cognito.user_pool_config import UserPoolConfig, user_pool_from_environment

POOL = {"COGNITO_USER_POOL_ID": "ap-northeast-2_AbCdEf123", "COGNITO_CLIENT_ID": "abc123"}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("COGNITO_", "AWS_ENDPOINT_URL")):
            monkeypatch.delenv(name)


def read(
    monkeypatch: pytest.MonkeyPatch, region: str = "", **variables: str
) -> UserPoolConfig | None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return user_pool_from_environment(region)


def test_nothing_set_is_no_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch) is None


def test_the_addresses_follow_from_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = read(monkeypatch, **POOL)
    assert pool
    assert pool.issuer == (
        "https://cognito-idp.ap-northeast-2.amazonaws.com/ap-northeast-2_AbCdEf123"
    )
    assert pool.keys_url == f"{pool.issuer}/.well-known/jwks.json"
    assert (pool.endpoint, pool.client_ids, pool.token_uses) == ("", ("abc123",), ("id", "access"))


def test_the_region_is_the_pool_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = read(monkeypatch, "us-east-1", **POOL)
    assert pool
    assert pool.region == "ap-northeast-2"


def test_a_pool_id_without_a_region_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {**POOL, "COGNITO_USER_POOL_ID": "local_1abcdefg"}
    pool = read(monkeypatch, "us-east-1", **named)
    assert pool
    assert pool.region == "us-east-1"
    with pytest.raises(ImproperlyConfigured, match="AWS_REGION is missing"):
        read(monkeypatch, "", **named)


def test_several_clients_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = read(monkeypatch, **{**POOL, "COGNITO_CLIENT_ID": " a1 , b2,"})
    assert pool
    assert pool.client_ids == ("a1", "b2")


@pytest.mark.parametrize(
    ("variables", "endpoint"),
    [
        (
            {"COGNITO_JWKS_URL": "http://127.0.0.1:4566/p/.well-known/jwks.json"},
            "http://127.0.0.1:4566",
        ),
        ({"COGNITO_JWKS_URL": "https://cognito-idp.us-east-1.amazonaws.com/p/jwks.json"}, ""),
        (
            {
                "COGNITO_JWKS_URL": "http://127.0.0.1:4566/p/.well-known/jwks.json",
                "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            },
            "",
        ),
        (
            {
                "COGNITO_JWKS_URL": "http://127.0.0.1:4566/p/.well-known/jwks.json",
                "COGNITO_ENDPOINT_URL": "http://127.0.0.1:2",
            },
            "http://127.0.0.1:2",
        ),
    ],
    ids=["beside the keys", "at AWS", "boto3's own", "set"],
)
def test_the_pool_of_an_emulator_is_asked_where_its_keys_are(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], endpoint: str
) -> None:
    pool = read(monkeypatch, **POOL, **variables)
    assert pool
    assert pool.endpoint == endpoint


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({**POOL, "COGNITO_USER_POOL_ID": ""}, "COGNITO_USER_POOL_ID is missing"),
        ({"COGNITO_JWKS_URL": "http://x/y"}, "COGNITO_USER_POOL_ID is missing"),
        ({**POOL, "COGNITO_CLIENT_ID": ""}, "COGNITO_CLIENT_ID is missing"),
        ({**POOL, "COGNITO_CLIENT_ID": "a b"}, "COGNITO_CLIENT_ID must be"),
        ({**POOL, "COGNITO_USER_POOL_ID": "nonsense"}, "COGNITO_USER_POOL_ID must be"),
        ({**POOL, "COGNITO_USER_POOL_ID": "us-east-1_a/../b"}, "COGNITO_USER_POOL_ID must be"),
        ({**POOL, "COGNITO_JWKS_URL": "keys.json"}, "COGNITO_JWKS_URL must be"),
        ({**POOL, "COGNITO_JWKS_URL": "file:///etc/passwd"}, "COGNITO_JWKS_URL must be"),
        ({**POOL, "COGNITO_ENDPOINT_URL": "127.0.0.1"}, "COGNITO_ENDPOINT_URL must be"),
        ({**POOL, "COGNITO_TOKEN_USE": "id,refresh"}, "COGNITO_TOKEN_USE must be"),
        ({**POOL, "COGNITO_TOKEN_USE": ","}, "COGNITO_TOKEN_USE must be"),
        ({**POOL, "COGNITO_CHECK": "always"}, "COGNITO_CHECK must be"),
    ],
    ids=str,
)
def test_what_cannot_work_is_said(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        read(monkeypatch, **variables)


def test_the_start_stops_with_it() -> None:
    environment = {**os.environ, "COGNITO_USER_POOL_ID": "us-east-1_Abc"}
    environment |= {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "COGNITO_CLIENT_ID is missing" in done.stderr
