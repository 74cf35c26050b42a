"""Signing in over HTTP."""

import jwt
import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIClient

from speaktracker import clock
from speaktracker.auth import bearer_tokens, tokens
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User
from tests.api.conftest import PASSWORD, SignedIn

WRONG = {"email": "tutor@example.com", "password": "wrong"}


@pytest.mark.parametrize("path", ["/api/auth/token", "/api/auth/token/"])
def test_an_address_of_any_case_and_a_password_are_exchanged_for_tokens(
    api: APIClient, tutor: User, path: str
) -> None:
    answer = api.post(path, {"email": "Tutor@Example.COM", "password": PASSWORD})
    assert answer.status_code == 200
    assert tokens.verify(answer.data["access"]).user_id == tutor.pk
    assert tokens.verify(answer.data["refresh"], "refresh").user_id == tutor.pk
    assert answer.data["expires_in"] == 900


def test_our_own_reading_of_a_token_agrees_with_the_library_s(tutor: User) -> None:
    for use, more in (("access", {}), ("refresh", {"fam": "f"})):
        token = tokens.sign(tutor, use, (1, 2**33), **more)  # type: ignore[arg-type]
        assert tokens.of_our_make(token) == tokens.by_the_library(token)


def test_what_is_not_byte_by_byte_of_our_make_is_the_library_s(tutor: User) -> None:
    token = tokens.issue(tutor)
    head, body, signature = token.split(".")
    last = chr(ord(signature[-1]) ^ 1)
    key = tokens._key(settings.SECRET_KEY)
    made = [
        jwt.encode({"iss": "speaktracker", "sub": "1", "exp": 2**33, **more}, key, "HS256")
        for more in ({}, {"jti": 5}, {"jti": "a", "aud": "b"}, {"jti": "a", "iss": "other"})
    ]
    odd = [token + "=", f"{head}.{body}.{signature[:-1]}{last}", f"{head}.{body}.", f"{head}.x", ""]
    with override_settings(SECRET_KEY="another" * 9):
        odd.append(tokens.issue(tutor))
    other = jwt.encode({"sub": "1"}, key, "HS256", {"kid": "a"})
    assert [tokens.of_our_make(each) for each in (*odd, *made, other, f"{token}\u00e9")] == [
        None
    ] * 12


def test_a_wrong_password_and_an_unknown_address_look_alike(api: APIClient, tutor: User) -> None:
    wrong = api.post("/api/auth/token", WRONG)
    unknown = api.post("/api/auth/token", {**WRONG, "email": "nobody@example.com"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.data == unknown.data
    assert wrong.data["code"] == "INVALID_CREDENTIALS"
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_unknown_address_costs_one_hash_too(
    api: APIClient, tutor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    original = User.set_password

    def set_password(self: User, raw: str) -> None:
        hashed.append(raw)
        original(self, raw)

    monkeypatch.setattr(User, "set_password", set_password)
    api.post("/api/auth/token", {**WRONG, "email": "nobody@example.com"})
    assert hashed == ["wrong"]


def test_a_deactivated_user_gets_no_token(api: APIClient, tutor: User) -> None:
    User.objects.filter(pk=tutor.pk).update(is_active=False)
    answer = api.post("/api/auth/token", {"email": tutor.email, "password": PASSWORD})
    assert answer.status_code == 401


def test_missing_fields_are_named(api: APIClient, db: None) -> None:
    answer = api.post("/api/auth/token", {})
    assert answer.status_code == 400
    assert set(answer.data) == {"email", "password"}


@pytest.mark.parametrize("path", ["/api/auth/token/refresh", "/api/auth/token/refresh/"])
def test_a_refresh_token_is_exchanged_for_an_access_token(
    api: APIClient, tutor: User, path: str
) -> None:
    answer = api.post(path, {"refresh": tokens.issue(tutor, "refresh")})
    assert answer.status_code == 200
    assert tokens.verify(answer.data["access"]).user_id == tutor.pk


def test_an_access_token_does_not_refresh(api: APIClient, tutor: User) -> None:
    answer = api.post("/api/auth/token/refresh", {"refresh": tokens.issue(tutor)})
    assert answer.status_code == 401


def test_a_deactivated_user_does_not_refresh(api: APIClient, tutor: User) -> None:
    refresh = tokens.issue(tutor, "refresh")
    User.objects.filter(pk=tutor.pk).update(is_active=False)
    assert api.post("/api/auth/token/refresh", {"refresh": refresh}).status_code == 401


def test_a_refresh_token_opens_nothing_else(api: APIClient, tutor: User) -> None:
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(tutor, 'refresh')}")
    assert api.get("/api/tutor/feedback").status_code == 401


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "\u00e9", "Bearer x"])
def test_a_bad_token_is_refused(api: APIClient, db: None, token: str) -> None:
    answer = api.get("/api/tutor/feedback", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_of_a_former_secret_is_good_while_that_is_believed(
    signed_in: SignedIn, tutor: User
) -> None:
    with override_settings(SECRET_KEY="the former one, of which there are some"):
        client = signed_in(tutor)
    assert client.get("/api/tutor/students").status_code == 401
    with override_settings(SECRET_KEY_FALLBACKS=["the former one, of which there are some"]):
        assert client.get("/api/tutor/students").status_code == 200
        assert signed_in(tutor).get("/api/tutor/students").status_code == 200


def test_an_unsigned_token_is_refused(api: APIClient, tutor: User) -> None:
    claims = jwt.decode(tokens.issue(tutor), options={"verify_signature": False})
    unsigned = jwt.encode(claims, "", algorithm="none")
    answer = api.get("/api/tutor/feedback", HTTP_AUTHORIZATION=f"Bearer {unsigned}")
    assert answer.status_code == 401


@pytest.mark.parametrize("change", ["deactivated", "deleted"])
def test_a_token_outlives_nobody(signed_in: SignedIn, tutor: User, change: str) -> None:
    client = signed_in(tutor)
    assert client.get("/api/tutor/feedback").status_code == 200
    if change == "deactivated":
        User.objects.filter(pk=tutor.pk).update(is_active=False)
    else:
        User.objects.filter(pk=tutor.pk).delete()
    assert client.get("/api/tutor/feedback").status_code == 401


def test_a_session_stands_for_its_user_but_writes_need_the_csrf_token(tutor: User) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(tutor)
    assert browser.get("/api/tutor/feedback").status_code == 200
    assert browser.post("/api/realtime/ticket").status_code == 403


def test_a_token_that_was_seen_before_is_judged_again(
    tutor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tokens.issue(tutor)
    assert bearer_tokens.verify(token).user_id == tutor.pk
    with override_settings(SECRET_KEY="another"), pytest.raises(InvalidCredentials):
        bearer_tokens.verify(token)
    with pytest.raises(InvalidCredentials):
        bearer_tokens.verify(token[:-4] + "AAAA")
    monkeypatch.setattr(clock, "_ahead", 16 * 60 * 1_000_000)
    with pytest.raises(InvalidCredentials):
        bearer_tokens.verify(token)
