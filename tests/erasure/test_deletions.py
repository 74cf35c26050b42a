"""Every way to delete a child leaves nothing of the child anywhere."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client

from realtime import housekeeping
from speaktracker.db.threads import run_long
from speaktracker.persistence.backends import dynamodb_from_settings
from speaktracker.persistence.models import WAITING, Change
from speaktracker.roster.models import User
from tests.erasure.conftest import OF_CHILD, OLD_ADDRESS, School
from tests.persistence.conftest import Relaying
from tests.persistence.mirror import until
from tests.traces import traces_in_dynamodb

Way = Callable[[School], Any]
PEOPLE = "/admin/roster/user/"


def by_row(school: School) -> None:
    User.objects.get(pk=school.child.pk).delete()


def by_query(school: School) -> None:
    User.objects.filter(pk=school.child.pk).delete()


def by_page(school: School) -> None:
    client = Client()
    client.force_login(school.director)
    client.post(f"{PEOPLE}{school.child.pk}/delete/", {"post": "yes"})


def by_action(school: School) -> None:
    client = Client()
    client.force_login(school.director)
    chosen = {"action": "delete_selected", "_selected_action": [school.child.pk], "post": "yes"}
    client.post(PEOPLE, chosen)


def by_command(school: School) -> None:
    call_command("erase_person", school.child.email.upper(), "--yes")


WAYS = (by_row, by_query, by_page, by_action, by_command)


WORDS = (*OF_CHILD, OLD_ADDRESS, "haneul", "옛 이름")


@pytest.mark.parametrize("way", WAYS)
def test_a_deleted_child_is_named_in_no_table(school: School, way: Way) -> None:
    assert len(school.traces(*WORDS)) > 20
    way(school)
    asyncio.run(housekeeping.purge_ended())
    assert school.traces(*WORDS) == []
    assert Session.objects.count() == (way in (by_page, by_action))


async def test_the_mirror_s_items_go_and_the_changes_that_name_a_child_once_they_are_done(
    aws: Any, school: School, relaying: Relaying
) -> None:
    await run_long(lambda: list(dynamodb_from_settings().ensure_tables()))
    async with relaying():
        await until(lambda: not Change.objects.filter(WAITING).exists())
        assert len(traces_in_dynamodb(aws, settings.STACK, WORDS)) > 3
        await run_long(by_row, school)
        await until(lambda: not Change.objects.filter(WAITING).exists())
    assert await run_long(school.traces, *WORDS) == []
    assert traces_in_dynamodb(aws, settings.STACK, WORDS) == []
