"""Staff see whose account is whose, and unlink one; nobody links by hand."""

import pytest
from django.test import Client

from speaktracker.auth import bearer_tokens
from speaktracker.cognito.models import PoolAccount
from speaktracker.roster.models import User
from tests.cognito.conftest import Status
from tests.cognito.key_server import KeyServer

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/cognito/poolaccount/"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin@example.com", "x"))
    return client


def test_the_list_says_whose_an_account_is(staff: Client, fresh_keys: KeyServer) -> None:
    bearer_tokens.verify(fresh_keys.sign())
    assert "kim@example.com" in staff.get(LIST).content.decode()
    assert staff.get(f"{LIST}add/").status_code == 403


def test_unlinking_ends_what_was_made_of_the_account(
    staff: Client, fresh_keys: KeyServer, status_with: Status
) -> None:
    token = fresh_keys.sign()
    made = bearer_tokens.verify(token)
    account = PoolAccount.objects.get()
    staff.post(f"{LIST}{account.pk}/delete/", {"post": "yes"})
    assert not PoolAccount.objects.exists()
    assert User.objects.get(pk=made.user_id).credentials_version == made.version + 1
    assert status_with(token) == 401


def test_an_account_goes_with_its_person(staff: Client, fresh_keys: KeyServer) -> None:
    made = bearer_tokens.verify(fresh_keys.sign())
    answer = staff.post(f"/admin/roster/user/{made.user_id}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert not PoolAccount.objects.exists()
