"""What was made from older credentials opens nothing over HTTP."""

import jwt
import pytest
from django.conf import settings
from django.db.models import F
from django.test import Client
from rest_framework.test import APIClient

from speaktracker.auth import tickets, tokens
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User
from tests.api.conftest import PASSWORD, SignedIn

PAGE = "/api/tutor/feedback"


def raise_version(person: User) -> None:
    User.objects.filter(pk=person.pk).update(credentials_version=F("credentials_version") + 1)


def test_an_access_token_ends_with_the_version_it_was_made_at(
    signed_in: SignedIn, tutor: User
) -> None:
    client = signed_in(tutor)
    assert client.get(PAGE).status_code == 200
    raise_version(tutor)
    assert client.get(PAGE).status_code == 401


def test_a_session_ends_with_the_version_it_was_made_at(tutor: User) -> None:
    browser = Client()
    assert browser.login(username=tutor.email, password=PASSWORD)
    assert browser.get(PAGE).status_code == 200
    raise_version(tutor)
    assert browser.get(PAGE).status_code == 401


def test_a_ticket_ends_with_the_version_it_was_made_at(student: User) -> None:
    ticket = tickets.issue(student)
    raise_version(student)
    with pytest.raises(InvalidCredentials):
        tickets.redeem(ticket)


def test_a_token_from_before_there_were_versions_holds_until_the_first_change(
    api: APIClient, tutor: User
) -> None:
    claims = jwt.decode(tokens.issue(tutor), options={"verify_signature": False})
    del claims["cv"]
    old = jwt.encode(claims, tokens._key(settings.SECRET_KEY), algorithm="HS256")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {old}")
    assert api.get(PAGE).status_code == 200
    raise_version(tutor)
    assert api.get(PAGE).status_code == 401


def test_a_save_of_what_was_read_earlier_never_lowers_the_version(tutor: User) -> None:
    read_earlier = User.objects.get(pk=tutor.pk)
    raise_version(tutor)
    read_earlier.name = "New name"
    read_earlier.save()
    assert read_earlier.credentials_version == 1
    assert User.objects.get(pk=tutor.pk).credentials_version == 1
