"""Attendance of the whole school in the admin, by days, tutor and group."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from realtime.history import staff_attendance
from speaktracker.roster.models import User
from tests.api.test_history import MIDNIGHT, practised
from tests.plans.counted_client import MOST_QUERIES
from tests.realtime.history.test_history_pages import DAY, person, signed_in, text_of

pytestmark = pytest.mark.django_db
PAGE = "/admin/realtime/classstay/attendance/"
MORNING = MIDNIGHT + timedelta(hours=10)


def staff(*rights: str) -> Client:
    user = person("staff@example.com", None, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return signed_in(user)


@pytest.fixture
def client() -> Client:
    return staff("view_classstay", "view_user")


@pytest.fixture
def school() -> User:
    """Two tutors, two groups and two days; returns one of the tutors."""
    kim, lee = person("kim@example.com", "tutor"), person("lee@example.com", "tutor")
    one, two = person("one@example.com", name="One"), person("two@example.com", name="Two")
    practised(one, MORNING, tutor=kim, group="3-1")
    practised(two, MORNING, tutor=lee, group="3-2")
    practised(two, MORNING + timedelta(days=1), 1, tutor=lee)
    return kim


def titles(page: str) -> list[str]:
    return re.findall(r"<h2 id=.section.*?</span>(.*?)</h2>", page)


def test_staff_see_who_was_in_class_by_day_and_group(client: Client, school: User) -> None:
    page = text_of(client, f"{PAGE}?first={DAY}&last=2026-01-15")
    first, second, third = titles(page)
    assert (first, second) == ("Jan. 14, 2026 · 3-1", "Jan. 14, 2026 · 3-2")
    assert third == "Jan. 15, 2026 · No group"
    assert "9 min 0 s" in page
    assert "Nobody was in class" in text_of(client, PAGE)


def test_a_tutor_or_a_group_is_asked_for_as_it_was_then(client: Client, school: User) -> None:
    # Nobody is mapped to anybody, as when the year has ended.
    for asked in (f"tutor={school.pk}", "group=3-1"):
        assert titles(text_of(client, f"{PAGE}?first={DAY}&{asked}")) == ["Jan. 14, 2026 · 3-1"]
    assert not titles(text_of(client, f"{PAGE}?first={DAY}&tutor={school.pk}&group=3-2"))


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ("first=2026-01-01&last=2026-03-01", "at most 31 at once"),
        ("first=2026-01-02&last=2026-01-01", "Name days in their order"),
        ("first=x", "Enter a valid date."),
        (f"first={DAY}&tutor=999", "Select a valid choice."),
        (f"first={DAY}&tutor=x", "Select a valid choice."),
    ],
)
def test_what_cannot_be_meant_is_said(client: Client, school: User, asked: str, fault: str) -> None:
    for form in ("", "&format=csv"):
        page = text_of(client, f"{PAGE}?{asked}{form}")
        assert fault in page
        assert not titles(page)


def test_a_school_too_big_for_a_page_is_shown_by_group(
    client: Client, school: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff_attendance, "MOST_ON_STAFF_PAGE", 1)
    page = text_of(client, f"{PAGE}?first={DAY}")
    assert "Choose a group or a tutor" in page
    links = re.findall(r'<a href="(\S+group=3-\d)">(3-\d)</a></th><td>1</td>', page)
    assert [group for _url, group in links] == ["3-1", "3-2"]
    assert titles(text_of(client, links[1][0].replace("&amp;", "&"))) == ["Jan. 14, 2026 · 3-2"]
    assert "Choose a group or a tutor" in text_of(client, f"{PAGE}?first={DAY}&last=2026-01-15")


def test_attendance_is_saved_as_a_file(client: Client, school: User) -> None:
    answer = client.get(f"{PAGE}?first={DAY}&format=csv")
    assert answer["Content-Disposition"] == f'attachment; filename="attendance-{DAY}.csv"'
    header, *rows = answer.content.decode("utf-8-sig").splitlines()
    assert header.startswith("student_email,student_name,group,came_at")
    assert [row.split(",")[0] for row in rows] == ["one@example.com", "two@example.com"]


def test_only_who_may_see_stays_sees_attendance(school: User) -> None:
    assert staff("view_user").get(PAGE).status_code == 403
    blind = person("blind@example.com", None, is_staff=True)
    blind.user_permissions.set(Permission.objects.filter(codename="view_classstay"))
    page = text_of(signed_in(blind), PAGE)
    assert 'name="tutor"' not in page  # it would list people
    assert signed_in(school).get(PAGE).status_code == 302


def test_the_list_and_the_home_lead_to_it(client: Client) -> None:
    for address in ("/admin/", "/admin/realtime/classstay/"):
        assert f'href="{PAGE}"' in text_of(client, address)


def test_a_page_takes_few_queries_however_much_is_on_it(client: Client, school: User) -> None:
    for number in range(30):
        practised(person(f"s{number}@example.com"), MORNING, 2, group=f"4-{number}")
    for asked in (f"first={DAY}", f"first={DAY}&tutor={school.pk}"):
        with CaptureQueriesContext(connection) as asked_for:
            text_of(client, f"{PAGE}?{asked}")
        assert len(asked_for) <= MOST_QUERIES
