"""The mirror's page in the admin."""

from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from speaktracker.persistence.models import Change
from speaktracker.roster.models import User

pytestmark = pytest.mark.django_db
PAGE = "/admin/persistence/change/"


@pytest.fixture(autouse=True)
def _mirroring(settings: Settings) -> None:
    settings.MIRROR = "dynamodb"
    settings.AWS_REGION = "us-east-1"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin@example.com", "demo-password"))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def _set_aside() -> Change:
    return Change.objects.create(
        table="feedback-messages", key='["<b>"]', error="Item too large", set_aside_at=Now()
    )


def _shown(staff: Client, address: str = PAGE) -> str:
    with translation.override("en"):
        return staff.get(address).content.decode()


def test_the_page_shows_lag_backlog_and_what_was_set_aside(staff: Client) -> None:
    _set_aside()
    Change.objects.create(table="websocket-connections", key='["waits"]')
    page = _shown(staff)
    assert "Item too large" in page
    assert "&lt;b&gt;" in page
    assert "<td>1</td>" in page
    assert "No server process carries changes over" in page
    assert "waits" not in page


def test_the_page_shows_what_waits(staff: Client) -> None:
    Change.objects.create(table="websocket-connections", key='["waits"]')
    Change.objects.create(table="websocket-connections", key='["done"]', done_at=Now())
    page = _shown(staff, f"{PAGE}?state=waiting")
    assert "waits" in page
    assert "done&quot;" not in page


def test_staff_try_a_change_again(staff: Client) -> None:
    change = _set_aside()
    form: dict[str, Any] = {"action": "try_again", "_selected_action": [change.pk]}
    staff.post(PAGE, form)
    change.refresh_from_db()
    assert change.set_aside_at is None


def test_the_page_of_a_mirror_that_is_off_says_so(staff: Client, settings: Settings) -> None:
    settings.MIRROR = "off"
    assert "<td>off</td>" in _shown(staff)


def test_changes_cannot_be_made_or_deleted_by_hand(staff: Client) -> None:
    assert staff.get(f"{PAGE}add/").status_code == 403
    assert staff.get(f"{PAGE}{_set_aside().pk}/delete/").status_code == 403
