"""STACK.md section 8: what makes a token of the pool one, and everything that does not."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import replace
from typing import Any

import jwt
import pytest
from pytest_django import Settings

from speaktracker.auth import tokens
from speaktracker.roster.models import User
from tests.cognito.conftest import Status
from tests.cognito.key_server import KeyServer, PoolKey


def joined(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def claims_of(token: str) -> dict[str, Any]:
    said: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return said


def test_an_id_token_and_then_an_access_token_of_another_key_are_taken(
    fresh_keys: KeyServer, status_with: Status
) -> None:
    assert status_with(fresh_keys.sign("id")) == 200
    assert status_with(fresh_keys.sign("access")) == 200
    assert fresh_keys.fetches == 1


def test_each_app_client_that_is_named_counts(fresh_keys: KeyServer, status_with: Status) -> None:
    assert status_with(fresh_keys.sign("id", aud="mobileclient")) == 200
    assert status_with(fresh_keys.sign("access", client_id="mobileclient")) == 200


@pytest.mark.parametrize(
    ("use", "claims"),
    [
        ("id", {"exp": int(time.time()) - 3600}),
        ("id", {"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other1234"}),
        ("id", {"iss": "https://evil.example.com"}),
        ("id", {"iss": None}),
        ("id", {"exp": None}),
        ("id", {"iat": None}),
        ("id", {"iat": int(time.time()) + 3600}),
        ("id", {"sub": None}),
        ("id", {"sub": "x y"}),
        ("id", {"aud": "another"}),
        ("id", {"aud": None}),
        ("id", {"aud": None, "client_id": "webclient"}),
        ("id", {"token_use": None}),
        ("id", {"token_use": "refresh"}),
        ("id", {"token_use": "access"}),
        ("access", {"client_id": "another"}),
        ("access", {"client_id": None}),
        ("access", {"client_id": None, "aud": "webclient"}),
        ("access", {"token_use": "id"}),
    ],
    # Times would be other ids in each process of a run.
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_token_that_says_otherwise_is_refused(
    fresh_keys: KeyServer, status_with: Status, use: str, claims: dict[str, Any]
) -> None:
    assert status_with(fresh_keys.sign("id")) == 200
    assert status_with(fresh_keys.sign(use, **claims)) == 401


def test_the_algorithm_none_is_refused(fresh_keys: KeyServer, status_with: Status) -> None:
    said = claims_of(fresh_keys.sign("id"))
    for algorithm in ("none", "None", "NONE"):
        header = {"alg": algorithm, "kid": fresh_keys.keys["id"].kid}
        assert status_with(joined(header, said)) == 401


def test_the_public_key_is_no_secret_to_sign_with(
    fresh_keys: KeyServer, status_with: Status
) -> None:
    key = fresh_keys.keys["id"]
    said = claims_of(fresh_keys.sign("id"))
    unsigned = joined({"alg": "HS256", "kid": key.kid}, said).rpartition(".")[0]
    for secret in (key.pem, key.pem.strip(), json.dumps(key.jwk).encode()):
        digest = hmac.new(secret, unsigned.encode(), hashlib.sha256).digest()
        signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        assert status_with(f"{unsigned}.{signature}") == 401


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_another_algorithm_of_the_same_key_is_refused(
    fresh_keys: KeyServer, status_with: Status, algorithm: str
) -> None:
    key = fresh_keys.keys["id"]
    said = claims_of(fresh_keys.sign("id"))
    assert status_with(jwt.encode(said, key.private, algorithm, headers={"kid": key.kid})) == 401


def test_a_stranger_s_key_under_the_pool_s_id_is_refused(
    fresh_keys: KeyServer, status_with: Status
) -> None:
    stranger = PoolKey()
    stranger.kid = fresh_keys.keys["id"].kid
    assert status_with(fresh_keys.sign("id", key=stranger)) == 401


def test_what_a_header_brings_along_is_no_key(fresh_keys: KeyServer, status_with: Status) -> None:
    stranger = PoolKey()
    said = claims_of(fresh_keys.sign("id"))
    headers = {"kid": fresh_keys.keys["id"].kid, "jwk": stranger.jwk, "jku": "http://evil.test/"}
    assert status_with(jwt.encode(said, stranger.private, "RS256", headers=headers)) == 401


@pytest.mark.parametrize("kid", [None, 5, "", ["a"], "x" * 10_000])
def test_a_key_id_that_is_none_is_refused_without_a_question(
    fresh_keys: KeyServer, status_with: Status, kid: Any
) -> None:
    said = claims_of(fresh_keys.sign("id"))
    header = {"alg": "RS256", **({} if kid is None else {"kid": kid})}
    assert status_with(joined(header, said, b"x" * 256)) == 401


def test_one_use_alone_may_be_allowed(
    fresh_keys: KeyServer, status_with: Status, settings: Settings
) -> None:
    assert status_with(fresh_keys.sign("id")) == 200
    settings.COGNITO = replace(fresh_keys.config, token_uses=("access",))
    assert status_with(fresh_keys.sign("access")) == 200
    assert status_with(fresh_keys.sign("id")) == 401


def test_our_own_tokens_go_on_beside_the_pool_s(
    fresh_keys: KeyServer, status_with: Status, tutor: User
) -> None:
    assert status_with(tokens.issue(tutor)) == 200
    assert status_with(tokens.issue(tutor, "refresh")) == 401


def test_without_a_pool_its_tokens_are_nothing(
    fresh_keys: KeyServer, status_with: Status, settings: Settings
) -> None:
    token = fresh_keys.sign("id")
    settings.COGNITO = None
    assert status_with(token) == 401


def test_no_token_of_a_pool_refreshes_ours(fresh_keys: KeyServer, api: Any) -> None:
    for use in ("id", "access"):
        answer = api.post("/api/auth/token/refresh", {"refresh": fresh_keys.sign(use)})
        assert answer.status_code == 401
