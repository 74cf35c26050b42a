"""Whose waits staff see and end, and when what was counted is gone."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from prometheus_client import REGISTRY

from speaktracker.guard import services
from speaktracker.guard.models import FailedTry, KnownAddress
from speaktracker.roster.models import User
from tests.guard.conftest import PASSWORD, TimePasses, Tries, signed_in

LIST = "/admin/roster/user/"


def command(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("sign_in_waits", *arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def pupil(owner: User, tries: Tries) -> User:
    """Somebody who has to wait."""
    made = User.objects.create_user("pupil@example.com", PASSWORD, user_type="student")
    for number in range(10):
        tries(made.email, address=f"192.0.2.{number}")
    assert tries(made.email, PASSWORD).status_code == 429
    return made


def end_by_command(_owner: User, pupil: User) -> None:
    assert "failures=6  wait=60s" in command("PUPIL@example.com")
    assert command().startswith(pupil.email)
    assert command(pupil.email, clear=True) == "6 failures forgotten\n"


def end_by_admin(owner: User, pupil: User) -> None:
    staff = Client(headers={"accept-language": "en"})
    staff.force_login(owner)
    listed = staff.get(LIST, {"failed_sign_ins": "lately"}).content.decode()
    assert pupil.email in listed
    page = staff.get(f"{LIST}{pupil.pk}/change/").content.decode()
    assert "6; from a new address wait 1 minute" in page
    chosen = {"action": "forget_failed_sign_ins", "_selected_action": [pupil.pk]}
    answer = staff.post(LIST, chosen, follow=True)
    assert "1 person may try again at once." in answer.content.decode()


@pytest.mark.parametrize("end", [end_by_command, end_by_admin])
def test_staff_see_a_wait_and_end_it(
    owner: User, pupil: User, tries: Tries, end: Callable[[User, User], None]
) -> None:
    end(owner, pupil)
    assert signed_in(tries(pupil.email, PASSWORD))


def test_the_failures_from_an_address_can_be_forgotten(owner: User, tries: Tries) -> None:
    for _ in range(4):
        tries(owner.email)
    assert tries(owner.email).status_code == 429
    assert command("192.0.2.1", clear=True) == "4 failures forgotten\n"
    assert tries(owner.email).status_code == 401


def test_nobody_in_particular_is_not_cleared(db: None) -> None:
    with pytest.raises(CommandError):
        command(clear=True)


def test_what_was_counted_is_deleted_in_the_end(
    owner: User, tries: Tries, time_passes: TimePasses
) -> None:
    tries(owner.email, PASSWORD)
    tries(owner.email)
    services.purge()
    assert (FailedTry.objects.count(), KnownAddress.objects.count()) == (1, 1)
    time_passes(2 * 60 * 60 + 1)
    services.purge()
    assert (FailedTry.objects.count(), KnownAddress.objects.count()) == (0, 1)
    time_passes(90 * 24 * 60 * 60)
    services.purge()
    assert KnownAddress.objects.count() == 0


def test_an_account_keeps_the_latest_few_addresses(owner: User, tries: Tries) -> None:
    for number in range(15):
        assert signed_in(tries(owner.email, PASSWORD, address=f"192.0.2.{number}"))
    assert KnownAddress.objects.count() == services.KNOWN_ADDRESSES
    assert FailedTry.objects.count() == 0


def test_what_the_guard_knows_of_a_person_goes_with_them(owner: User, tries: Tries) -> None:
    tries(owner.email, PASSWORD)
    tries(owner.email)
    owner.delete()
    assert (FailedTry.objects.count(), KnownAddress.objects.count()) == (0, 0)


def test_no_table_of_the_guard_holds_an_address(owner: User, tries: Tries) -> None:
    tries(owner.email, PASSWORD)
    tries(owner.email)
    rows = [*FailedTry.objects.values(), *KnownAddress.objects.values()]
    assert "example" not in str(rows)
    assert "192.0.2" not in str(rows)


def test_refusals_are_counted(pupil: User, tries: Tries) -> None:
    def counted() -> float:
        labels = {"reason": "waiting"}
        return REGISTRY.get_sample_value("speaktracker_sign_in_refusals_total", labels) or 0.0

    before = counted()
    tries(pupil.email)
    assert counted() == before + 1
