"""*This is a shared computer*: a session that ends with the browser, and when left idle."""

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from speaktracker.auth.shared_computers.services import note_uses
from speaktracker.clock import now
from speaktracker.passwords.password_links import make_token
from speaktracker.roster.models import User

PASSWORD = "correct horse battery staple"
BOX = {"shared_computer": "on"}
HALF_AN_HOUR = timedelta(minutes=30)
SHORTLY = timedelta(seconds=20)
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return User.objects.create_superuser("owner@example.com", PASSWORD, user_type="tutor")


def sign_in(client: Client, way: str = "/login/", **fields: str) -> None:
    form = {"username": "owner@example.com", "password": PASSWORD, "next": "/", **fields}
    assert client.post(way, form).status_code == 302


def row(client: Client) -> Session:
    return Session.objects.get(pk=client.cookies["sessionid"].value)


def lasts_about(client: Client, time: timedelta) -> bool:
    return now() + time - SHORTLY < row(client).expire_date < now() + time + SHORTLY


def leave_idle(client: Client, time: timedelta) -> datetime:
    """Let so much time go by for a session; return when it ends."""
    end = row(client).expire_date - time
    Session.objects.filter(pk=row(client).pk).update(expire_date=end)
    return end


@pytest.mark.parametrize("way", ["/login/", "/admin/login/"])
def test_the_box_is_in_every_form(client: Client, owner: User, way: str) -> None:
    page = client.get(way).content.decode()
    assert 'name="shared_computer"' in page
    assert "30분" in page
    sign_in(client, way, **BOX)
    assert (client.cookies["sessionid"]["max-age"], lasts_about(client, HALF_AN_HOUR)) == ("", True)


def test_it_is_in_the_form_that_follows_a_link(client: Client, owner: User) -> None:
    token = make_token(owner, HALF_AN_HOUR)
    page = client.get(f"/password/new/?token={token}", follow=True)
    assert 'name="shared_computer"' in page.content.decode()
    new = {"new_password1": "new-passw0rd!", "new_password2": "new-passw0rd!", **BOX}
    assert client.post("/password/new/", new).status_code == 302
    assert (client.cookies["sessionid"]["max-age"], lasts_about(client, HALF_AN_HOUR)) == ("", True)


def test_without_the_box_nothing_changes(client: Client, owner: User) -> None:
    sign_in(client)
    assert client.cookies["sessionid"]["max-age"] == 14 * 24 * 60 * 60
    before = row(client).expire_date
    client.get("/tutor/")
    assert row(client).expire_date == before


def test_a_session_left_idle_is_over_at_the_server(client: Client, owner: User) -> None:
    sign_in(client, **BOX)
    leave_idle(client, HALF_AN_HOUR)
    assert client.get("/tutor/").headers["Location"].startswith("/login/")
    assert client.get("/api/tutor/students").status_code in (401, 403, 404)


@pytest.mark.parametrize("path", ["/tutor/", "/api/tutor/feedback", "/admin/"])
def test_each_request_is_use(client: Client, owner: User, path: str) -> None:
    sign_in(client, **BOX)
    leave_idle(client, timedelta(minutes=29))
    assert client.get(path).status_code == 200
    assert lasts_about(client, HALF_AN_HOUR)


def test_a_call_with_a_token_is_no_use_of_the_session(client: Client, owner: User) -> None:
    sign_in(client, **BOX)
    end = leave_idle(client, timedelta(minutes=29))
    client.get("/api/tutor/feedback", headers={"Authorization": "Bearer wrong"})
    assert row(client).expire_date == end


def test_a_new_password_keeps_the_box(client: Client, owner: User) -> None:
    sign_in(client, **BOX)
    form = {"old_password": PASSWORD, "new_password1": "n3w passw0rd!"}
    answer = client.post("/password/", {**form, "new_password2": "n3w passw0rd!"})
    assert answer.status_code == 302
    assert (client.cookies["sessionid"]["max-age"], lasts_about(client, HALF_AN_HOUR)) == ("", True)


def test_a_use_brings_nothing_back_and_shortens_nothing(client: Client, owner: User) -> None:
    sign_in(client, **BOX)
    end = leave_idle(client, timedelta(0))
    note_uses({row(client).pk: now() - timedelta(minutes=5)})
    assert row(client).expire_date == end
    over = leave_idle(client, HALF_AN_HOUR)
    note_uses({row(client).pk: now()})
    assert row(client).expire_date == over
