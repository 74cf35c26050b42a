"""Who of ours an account of the pool is, and whom nobody may become by signing up there."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from speaktracker.auth import bearer_tokens
from speaktracker.auth.credentials import Credentials
from speaktracker.cognito import services
from speaktracker.cognito.models import PoolAccount
from speaktracker.exceptions import InvalidCredentials, NoRole, Unavailable
from speaktracker.roster.models import User
from tests.cognito.conftest import Status
from tests.cognito.key_server import KeyServer


def another_sub() -> str:
    return str(uuid.uuid4())


def kim() -> User:
    return User.objects.get(email="kim@example.com")


def test_a_first_sign_in_makes_the_person(fresh_keys: KeyServer, status_with: Status) -> None:
    assert status_with(fresh_keys.sign(name="Kim", email="Kim@Example.com")) == 200
    made = kim()
    assert (made.name, made.user_type, made.is_staff) == ("Kim", "tutor", False)
    assert not made.has_usable_password()
    assert status_with(fresh_keys.sign()) == 200
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"given_name": "Min", "family_name": "Kim"}, "Min Kim"),
        ({"given_name": "민수", "family_name": "김"}, "김민수"),
        ({"name": "n" * 300}, "n" * 100),
        ({"name": "a\x00b\x1b"}, "ab"),
        ({"name": ["x"]}, ""),
        ({}, ""),
    ],
    ids=str,
)
def test_the_name_comes_from_the_claims(
    fresh_keys: KeyServer, status_with: Status, said: Any, name: str
) -> None:
    assert status_with(fresh_keys.sign(**said)) == 200
    assert kim().name == name


@pytest.mark.parametrize(
    ("claims", "user_type"),
    [
        ({"cognito:groups": ["tutor"]}, "tutor"),
        ({"cognito:groups": ["tutors", "other"]}, "tutor"),
        ({"cognito:groups": ["student"]}, "student"),
        ({"cognito:groups": ["students"]}, "student"),
        ({"cognito:groups": "students"}, "student"),
        ({"cognito:groups": None, "custom:user_type": "student"}, "student"),
        ({"cognito:groups": ["other"], "custom:user_type": "tutor"}, "tutor"),
        # Who may write the attribute cannot overrule the group that an administrator gave.
        ({"cognito:groups": ["students"], "custom:user_type": "tutor"}, "student"),
    ],
    ids=str,
)
def test_the_type_comes_from_the_groups_or_else_from_the_claim(
    fresh_keys: KeyServer, status_with: Status, claims: Any, user_type: str
) -> None:
    assert status_with(fresh_keys.sign(**claims)) == 200
    assert kim().user_type == user_type


@pytest.mark.parametrize(
    "claims",
    [
        {"cognito:groups": None},
        {"cognito:groups": ["Tutors", "admins", 5]},
        {"cognito:groups": ["tutors", "students"]},
        {"cognito:groups": None, "custom:user_type": "admin"},
        {"cognito:groups": None, "custom:user_type": ["tutor"]},
        {"cognito:groups": {"tutors": 1}},
    ],
    ids=str,
)
def test_somebody_new_without_one_type_is_not_made(
    fresh_keys: KeyServer, status_with: Status, claims: Any
) -> None:
    assert status_with(fresh_keys.sign(**claims)) == 403
    assert not User.objects.exists()


@pytest.mark.parametrize("verified", [None, False, "false", 0, "", "yes"])
def test_an_address_the_pool_has_not_verified_is_nobody_s(
    fresh_keys: KeyServer, status_with: Status, tutor: User, verified: Any
) -> None:
    token = fresh_keys.sign(email=tutor.email, email_verified=verified)
    assert status_with(token) == 401
    assert not PoolAccount.objects.exists()
    assert status_with(fresh_keys.sign(email_verified=verified)) == 401
    assert User.objects.get() == tutor


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "nobody",
        "a#b@example.com",
        f"{'a' * 250}@example.com",
        " kim@example.com",
        "kim@example.com\x00",
        "kim@example.com\n",
        ["kim@example.com"],
        "\u212aim@example.com",  # the Kelvin sign, which is k in lower case
        "kim@\u212aorea.example.com",
    ],
    ids=repr,
)
def test_an_address_that_cannot_be_ours_is_refused(
    fresh_keys: KeyServer, status_with: Status, email: Any
) -> None:
    assert status_with(fresh_keys.sign(email=email)) == 401
    assert not User.objects.exists()


def test_a_known_person_is_linked_by_a_verified_address(
    fresh_keys: KeyServer, status_with: Status, tutor: User
) -> None:
    sub = another_sub()
    assert status_with(fresh_keys.sign(email=tutor.email.upper(), sub=sub, name="X")) == 200
    account = PoolAccount.objects.get()
    assert (account.user, account.sub) == (tutor, sub)
    tutor.refresh_from_db()
    assert tutor.name == "tutor 1"


def test_another_account_with_the_address_is_refused(
    fresh_keys: KeyServer, status_with: Status
) -> None:
    assert status_with(fresh_keys.sign()) == 200
    assert status_with(fresh_keys.sign(sub=another_sub())) == 401
    assert status_with(fresh_keys.sign()) == 200


def test_an_account_stays_its_person_s_whatever_address_it_claims_later(
    fresh_keys: KeyServer, tutor: User
) -> None:
    first = bearer_tokens.verify(fresh_keys.sign())
    claimed = bearer_tokens.verify(fresh_keys.sign(email=tutor.email, email_verified=False))
    assert claimed.user_id == first.user_id != tutor.pk


def test_the_roster_s_type_is_not_the_pool_s_to_change(
    fresh_keys: KeyServer, status_with: Status, student: User
) -> None:
    claims: Any = {"email": student.email, "sub": another_sub()}
    tutors: Any = {"cognito:groups": ["tutors"]}
    assert status_with(fresh_keys.sign(**claims, **tutors)) == 401
    assert not PoolAccount.objects.exists()
    neither: Any = {"cognito:groups": None}
    # A pool without an opinion, or one with the same, will do.
    assert status_with(fresh_keys.sign(**claims, **neither)) == 200
    both: Any = {"cognito:groups": ["tutors", "students"]}
    assert status_with(fresh_keys.sign(**claims, **both)) == 200
    assert status_with(fresh_keys.sign(**claims, **tutors)) == 401
    student.refresh_from_db()
    assert student.user_type == "student"


def test_a_deactivated_person_stays_out(
    fresh_keys: KeyServer, status_with: Status, tutor: User
) -> None:
    assert status_with(fresh_keys.sign(email=tutor.email)) == 200
    User.objects.filter(pk=tutor.pk).update(is_active=False)
    assert status_with(fresh_keys.sign(email=tutor.email)) == 401
    assert status_with(fresh_keys.sign(email=tutor.email, sub=another_sub())) == 401


def test_an_access_token_needs_an_account_that_is_known(
    fresh_keys: KeyServer, status_with: Status
) -> None:
    assert status_with(fresh_keys.sign("access")) == 503  # the pool, which could say, is silent
    assert status_with(fresh_keys.sign("id")) == 200
    assert status_with(fresh_keys.sign("access")) == 200


@pytest.mark.parametrize("gone", ["unlinked", "deleted"])
def test_a_token_from_before_does_not_bring_anybody_back(
    fresh_keys: KeyServer, status_with: Status, gone: str
) -> None:
    token = fresh_keys.sign()
    assert status_with(token) == 200
    (PoolAccount if gone == "unlinked" else User).objects.all().delete()
    assert status_with(token) == 401
    assert not PoolAccount.objects.exists()
    later = int(time.time()) + 3
    assert status_with(fresh_keys.sign(auth_time=later, iat=later)) == 200


def test_an_account_that_was_linked_meanwhile_is_no_other_one(
    fresh_keys: KeyServer, transactional_db: None
) -> None:
    made = bearer_tokens.verify(fresh_keys.sign())
    claims = made.pool_claims
    assert claims
    assert claims.profile
    assert services.link(claims, claims.profile).pk == made.user_id


@pytest.mark.parametrize("round_", range(5))
def test_of_many_first_sign_ins_at_once_one_makes_the_person(
    fresh_keys: KeyServer, transactional_db: None, round_: int
) -> None:
    def sign_in(sub: str) -> Credentials | type[Exception]:
        try:
            return bearer_tokens.verify(fresh_keys.sign(sub=sub))
        except (InvalidCredentials, NoRole, Unavailable) as error:
            return type(error)
        finally:
            connection.close()

    one, two = another_sub(), another_sub()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(sign_in, [one, two] * 8))
    linked = PoolAccount.objects.get()
    for sub, answer in zip([one, two] * 8, answers, strict=True):
        if sub == linked.sub:
            assert isinstance(answer, Credentials)
            assert answer.user_id == linked.user_id
        else:
            assert answer is InvalidCredentials
