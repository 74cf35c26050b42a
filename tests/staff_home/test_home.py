"""The admin's home says how the school is, to each what they may see, and always comes."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from realtime.models import Presence, ServerLease
from speaktracker.clock import now
from speaktracker.passwords.models import Letter
from speaktracker.persistence.models import Change
from speaktracker.roster.models import User, UserType
from speaktracker.roster.services import assign_tutor
from speaktracker.staff_home import home_lines, home_reading
from speaktracker.staff_home.home_lines import HomeLine, HomePart, HomeSection
from tests.roster.staff_groups import make_groups

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


def somebody(name: str, kind: UserType | None = None, **fields: Any) -> User:
    return User.objects.create_user(f"{name}@example.com", name=name, user_type=kind, **fields)


@pytest.fixture(autouse=True)
def _school(settings: Settings) -> None:
    """Ann teaches Bo and Cy, who are in class; Bo waits for help. Dan has no tutor, Eve nobody."""
    settings.MIRROR = "dynamodb"
    ann, eve = (somebody(name, UserType.TUTOR, last_login=now()) for name in ("Ann", "Eve"))
    bo, cy, dan = (somebody(name, UserType.STUDENT) for name in ("Bo", "Cy", "Dan"))
    asked = {"help_state": "asked", "help_asked_at": now() - timedelta(minutes=4, seconds=5)}
    for student, more in ((bo, asked), (cy, {})):
        assign_tutor(student, ann)
        Presence.objects.create(
            student=student, tutor=ann, group="3-1", in_class=True, online=True, **more
        )
    Letter.objects.create(kind=Letter.Kind.INVITATION, person=dan, language="ko", ends_at=now())
    ServerLease.objects.create(
        boot_id="1", host="alpha", pid=7, process_started=1, renewed_at=now() + timedelta(hours=1)
    )
    Change.objects.create(table="websocket-connections", key='["a"]', due_at=now())
    Change.objects.create(table="feedback-messages", key='["b"]', set_aside_at=now())
    del eve


def lines_of(client: Client, language: str = "en") -> dict[str, list[str]]:
    """List the lines of the home, those below others too, by section."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language

    def texts(lines: list[HomeLine]) -> Iterator[str]:
        for line in lines:
            yield line.text
            yield from texts(list(line.details))

    home = client.get("/admin/").context["home"]
    return {section.name: list(texts(section.lines)) for section in home}


def member_of(name: str, client: Client) -> Client:
    make_groups()
    staff = somebody("staff", is_staff=True, last_login=now())
    staff.groups.add(Group.objects.get(name=name))
    client.force_login(staff)
    return client


CLASS = [
    "2 students are in class.",
    *("By tutor", "Ann: 2", "By group", "3-1: 2"),
    "1 student waits for help.",
]
PEOPLE = [
    "1 student has no tutor.",
    "1 tutor has no students.",
    "3 people have never signed in.",
    "6 people were added in the last 7 days.",
    "1 invitation could not be sent.",
]
SYSTEM = [
    "1 change was refused and set aside: somebody must look at it.",
    "No process carries changes over to the mirror.",
    "1 server process is alive.",
    "alpha:7",
    "Database and message bus answer.",
]


def test_school_staff_see_the_class_and_people(client: Client) -> None:
    lines = lines_of(member_of("School staff", client))
    waits = lines["class"].pop(len(CLASS))
    assert lines == {"class": [*CLASS, "Attendance, to print"], "people": PEOPLE}
    assert waits.startswith("Bo (tutor: Ann), since ")
    assert waits.endswith(", 4 min")


def test_an_operator_sees_the_system(client: Client) -> None:
    lines = lines_of(member_of("Operator", client))
    assert lines.keys() == {"system"}
    assert lines["system"][0].endswith("1 change waits.")
    assert lines["system"][1:] == SYSTEM


def test_staff_without_rights_see_nothing(client: Client) -> None:
    client.force_login(somebody("staff", is_staff=True))
    assert lines_of(client) == {}


def test_each_line_leads_to_the_list_of_what_it_counts(admin_client: Client) -> None:
    admin_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    lines = [
        line
        for section in admin_client.get("/admin/").context["home"]
        for one in section.lines
        for line in (one, *one.details)
        if "?" in line.url and line.text[0].isdigit()
    ]
    counted = {line.url: admin_client.get(line.url).context["cl"].result_count for line in lines}
    assert len(counted) == 7
    said = {line.url: int(re.findall(r"\d+$|^\d+(?= )", line.text)[0]) for line in lines}
    assert said == counted


def test_the_home_is_twelve_queries_at_most(client: Client) -> None:
    client.force_login(User.objects.create_superuser("head@example.com", "x"))
    ContentType.objects.clear_cache()
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/admin/").status_code == 200
    assert len(asked) <= MOST_QUERIES, "\n".join(query["sql"] for query in asked)


def test_what_cannot_be_read_is_said_and_the_page_comes(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> list[HomeLine]:
        raise OperationalError("the database is away")

    broken = HomePart(HomeSection.CLASS, "realtime.view_presence", "Weather", away)
    monkeypatch.setattr(home_reading, "HOME", [*home_lines.HOME, broken])
    lines = lines_of(member_of("School staff", client))
    assert lines["class"][-1] == "Weather: not known at the moment"
    assert lines["people"] == PEOPLE
