"""Refresh tokens rotate; one that is used twice ends its family."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.db import connection
from rest_framework.test import APIClient

from speaktracker.auth import tokens
from speaktracker.auth.models import RefreshFamily
from speaktracker.auth.validity import refresh_families, services
from speaktracker.clock import now
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User
from tests.api.conftest import PASSWORD

REFRESH = "/api/auth/token/refresh"
PAGE = "/api/tutor/feedback"
KEY = {"HTTP_IDEMPOTENCY_KEY": "made-anew-for-each-exchange"}


@pytest.fixture
def first(api: APIClient, tutor: User) -> dict[str, Any]:
    """What signing in answers."""
    pair: dict[str, Any] = api.post(
        "/api/auth/token", {"email": tutor.email, "password": PASSWORD}
    ).data
    return pair


def exchange(api: APIClient, refresh: str, **headers: Any) -> Any:
    return api.post(REFRESH, {"refresh": refresh}, **headers)


def opens(api: APIClient, access: str) -> bool:
    return api.get(PAGE, HTTP_AUTHORIZATION=f"Bearer {access}").status_code == 200


def test_each_use_gives_the_next_pair(api: APIClient, first: dict[str, Any]) -> None:
    second = exchange(api, first["refresh"]).data
    third = exchange(api, second["refresh"]).data
    assert len({pair["refresh"] for pair in (first, second, third)}) == 3
    assert opens(api, third["access"])
    assert third["expires_in"] == 900


def test_a_token_used_twice_ends_all_that_its_sign_in_made(
    api: APIClient, first: dict[str, Any]
) -> None:
    second = exchange(api, first["refresh"]).data
    assert exchange(api, first["refresh"]).status_code == 401
    assert exchange(api, second["refresh"]).status_code == 401
    assert not opens(api, first["access"])
    assert not opens(api, second["access"])


def test_another_sign_in_of_the_same_person_goes_on(
    api: APIClient, tutor: User, first: dict[str, Any]
) -> None:
    other = refresh_families.begin(tutor)
    for _ in range(2):
        exchange(api, first["refresh"])
    assert opens(api, other.access)
    assert exchange(api, other.refresh).status_code == 200


def test_a_client_that_lost_the_answer_asks_again_with_its_key(
    api: APIClient, first: dict[str, Any]
) -> None:
    lost = exchange(api, first["refresh"], **KEY).data
    again = exchange(api, first["refresh"], **KEY)
    assert again.data["refresh"] == lost["refresh"]
    assert exchange(api, lost["refresh"]).status_code == 200
    assert exchange(api, first["refresh"], **KEY).status_code == 401


def test_another_key_is_another_use(api: APIClient, first: dict[str, Any]) -> None:
    second = exchange(api, first["refresh"], **KEY).data
    other = {"HTTP_IDEMPOTENCY_KEY": "a-thief's-own"}
    assert exchange(api, first["refresh"], **other).status_code == 401
    assert exchange(api, second["refresh"]).status_code == 401


def test_a_key_that_is_none_is_named(api: APIClient, first: dict[str, Any]) -> None:
    answer = exchange(api, first["refresh"], HTTP_IDEMPOTENCY_KEY="with space")
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.data


def test_rotating_does_not_prolong_the_sign_in(api: APIClient, first: dict[str, Any]) -> None:
    second = exchange(api, first["refresh"]).data
    ends = [tokens.verify(pair["refresh"], "refresh").expires_at for pair in (first, second)]
    assert ends[0] == ends[1]


def test_a_token_from_before_there_were_families_begins_one(api: APIClient, tutor: User) -> None:
    claims = jwt.decode(tokens.issue(tutor, "refresh"), options={"verify_signature": False})
    del claims["cv"]
    old = jwt.encode(claims, tokens._key(settings.SECRET_KEY), algorithm="HS256")
    second = exchange(api, old).data
    assert exchange(api, second["refresh"]).status_code == 200
    assert exchange(api, old).status_code == 401


def test_a_raised_version_ends_every_refresh_token(
    api: APIClient, tutor: User, first: dict[str, Any]
) -> None:
    second = exchange(api, first["refresh"]).data
    unused = refresh_families.begin(tutor)
    User.objects.filter(pk=tutor.pk).update(credentials_version=1)
    for refresh in (first["refresh"], second["refresh"], unused.refresh):
        assert exchange(api, refresh).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_refresh_at_once_are_given_the_same_token() -> None:
    user = User.objects.create_user("tutor@example.com", user_type="tutor")
    refresh = refresh_families.begin(user).refresh
    together = Barrier(2, timeout=30)

    def tab(_: int) -> str:
        try:
            presented = refresh_families.PresentedToken(refresh, None)
            together.wait()
            pair = presented.exchange()
            assert pair is not None
            return pair.refresh
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(tab, range(2))
    assert one == other
    assert refresh_families.rotate(one)


def test_a_family_that_is_over_is_purged_once_its_access_tokens_are(tutor: User) -> None:
    refresh_families.rotate(refresh_families.begin(tutor).refresh)
    RefreshFamily.objects.update(expires_at=now() - timedelta(minutes=10))
    services.purge()
    assert RefreshFamily.objects.count() == 1
    RefreshFamily.objects.update(expires_at=now() - timedelta(minutes=20))
    assert services.purge() is False
    assert RefreshFamily.objects.count() == 0


def test_a_family_of_another_person_is_not_joined(tutor: User, student: User) -> None:
    refresh = refresh_families.rotate(refresh_families.begin(tutor).refresh).refresh
    family = tokens.verify(refresh, "refresh").family
    times = (int(now().timestamp()), int(now().timestamp()) + 60)
    foreign = tokens.sign(student, "refresh", times, fam=family, gen=1)
    with pytest.raises(InvalidCredentials):
        refresh_families.rotate(foreign)
