"""Changing one's own password."""

import re

import pytest
from django.test import Client

from speaktracker.roster.models import User
from tests.passwords.conftest import CHOICE, NEW, OLD, signs_in

PAGE = "/password/"


@pytest.fixture(params=["student", "tutor", None])
def signed_in(request: pytest.FixtureRequest, english: Client, db: None) -> Client:
    fields = {"user_type": request.param, "is_staff": request.param is None}
    User.objects.create_user("minsu@example.com", OLD, **fields)
    assert english.login(username="minsu@example.com", password=OLD)
    return english


def test_everybody_changes_their_own_and_stays_signed_in(signed_in: Client) -> None:
    other = Client()
    other.login(username="minsu@example.com", password=OLD)
    answer = signed_in.post(PAGE, {"old_password": OLD, **CHOICE})
    assert answer.headers["Location"] == "/password/changed/"
    assert signed_in.get("/password/changed/").status_code == 200
    assert other.get(PAGE).status_code == 302
    assert signs_in("minsu@example.com", NEW)
    assert not signs_in("minsu@example.com", OLD)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"old_password": "not-the-old-one"}, "old_password"),
        ({"new_password2": "something-else-1"}, "new_password2"),
        ({"new_password1": "12345678", "new_password2": "12345678"}, "new_password2"),
        ({"new_password2": ""}, "new_password2"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    english: Client, person: User, wrong: dict[str, str], field: str
) -> None:
    english.force_login(person)
    answer = english.post(PAGE, {"old_password": OLD, **CHOICE, **wrong})
    page = answer.content.decode()
    assert set(answer.context["form"].errors) == {field}
    assert f'<ul class="errorlist" id="id_{field}_error">' in page
    described = re.search(rf'<input[^>]*name="{field}"[^>]*aria-describedby="([^"]*)"', page)
    assert described
    assert f"id_{field}_error" in described[1]
    assert signs_in("minsu@example.com", OLD)


def test_a_stranger_is_sent_to_the_login(client: Client) -> None:
    assert client.get(PAGE).headers["Location"] == "/login/?next=/password/"
    assert client.get("/password/changed/").headers["Location"].startswith("/login/")


def test_the_admin_s_sign_in_leads_to_a_forgotten_password(client: Client, db: None) -> None:
    assert b"/admin/password_forgotten/" in client.get("/admin/login/").content
    answer = client.get("/admin/password_forgotten/")
    assert answer.headers["Location"] == "/password/forgotten/"


def test_every_page_leads_to_it(client: Client, person: User) -> None:
    client.force_login(person)
    assert 'href="/password/"' in client.get("/student/").content.decode()
