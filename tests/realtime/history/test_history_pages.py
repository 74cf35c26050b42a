"""The pages of history, as the server renders them."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from realtime.models import ClassStay
from speaktracker.roster import services
from speaktracker.roster.models import User
from tests.api.test_history import MIDNIGHT, practised

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
DAY = "2026-01-14"


def person(email: str, user_type: str | None = "student", **fields: Any) -> User:
    return User.objects.create_user(email, user_type=user_type, **fields)


@pytest.fixture
def tutor() -> User:
    return person("tutor@example.com", "tutor")


@pytest.fixture
def student(tutor: User) -> User:
    made = person("student@example.com", name="<b>Kim</b>")
    services.assign_tutor(made, tutor)
    return made


def signed_in(user: User) -> Client:
    client = Client(headers=ENGLISH)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_a_day_is_a_picture_and_a_table_and_sums(tutor: User, student: User) -> None:
    practised(student, MIDNIGHT + timedelta(hours=10))
    path = f"/tutor/history/?student=Student@example.com&day={DAY}"
    page = text_of(signed_in(tutor), path)
    assert page.count('class="band-studying"') == 2  # one of them in the legend
    assert page.count('class="sentence-mark"') == 9 + 1
    assert page.count('<td class="said">Sentence ') == 9
    assert "<dd>9 min 0 s</dd>" in page
    assert "&lt;b&gt;Kim" in page
    assert "style=" not in page
    own = text_of(signed_in(student), f"/student/history/?day={DAY}")
    assert own.count('<td class="said">Sentence ') == 9


def test_a_day_holds_what_began_before_midnight(tutor: User, student: User) -> None:
    practised(student, MIDNIGHT - timedelta(minutes=5))
    client = signed_in(student)
    for day, came in (("2026-01-13", 1), (DAY, 0)):
        page = text_of(client, f"/student/history/?day={day}")
        assert page.count("Came into class") == came
        assert "<dd>5 min 0 s</dd>" in page


@pytest.mark.parametrize("day", ["", "x", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_a_day_that_is_none_is_today(tutor: User, student: User, day: str) -> None:
    page = text_of(signed_in(student), f"/student/history/?day={day}&before=x")
    assert f'value="{datetime.now(ZoneInfo("Asia/Seoul")):%Y-%m-%d}"' in page


def test_attendance_is_by_day_and_group(tutor: User, student: User) -> None:
    practised(student, MIDNIGHT + timedelta(hours=10), group="3-1")
    practised(student, MIDNIGHT + timedelta(hours=34), 1, group="3-2")
    days = f"first={DAY}&last=2026-01-15"
    page = text_of(signed_in(tutor), f"/tutor/attendance/?{days}")
    titles = re.findall(r"<h2.*?</span>(.*?)</h2>", page)
    assert titles == ["Jan. 14, 2026 · 3-1", "Jan. 15, 2026 · 3-2"]
    assert f"/api/tutor/attendance?from={DAY}&amp;to=2026-01-15&amp;format=csv" in page
    one = text_of(signed_in(tutor), f"/tutor/attendance/?{days}&group=3-2")
    assert "Jan. 14, 2026" not in one


def test_a_page_of_too_many_days_says_so(tutor: User) -> None:
    page = text_of(signed_in(tutor), "/tutor/attendance/?first=2026-01-01&last=2026-03-01")
    assert "at most 31 at once" in page


def test_coverage_names_who_was_not_visited(tutor: User, student: User) -> None:
    page = text_of(signed_in(tutor), "/tutor/coverage/")
    assert "Not visited today, and not here (1)" in page
    assert 'href="/tutor/#student%40example.com"' in page


def test_nobody_opens_another_tutors_student(tutor: User, student: User) -> None:
    other = person("other@example.com", "tutor")
    client = signed_in(other)
    for address in ("student@example.com", "nobody@example.com"):
        assert client.get(f"/tutor/history/?student={address}").status_code == 403
    assert signed_in(student).get("/tutor/history/").headers["Location"] == "/"
    assert signed_in(tutor).get("/student/history/").headers["Location"] == "/"


def test_staff_read_attendance_in_the_admin(tutor: User, student: User) -> None:
    stay = practised(student, MIDNIGHT, tutor=tutor)
    boss = person("boss@example.com", None, is_staff=True, is_superuser=True)
    client = signed_in(boss)
    assert "student@example.com" in text_of(client, "/admin/realtime/classstay/?q=tutor")
    page = text_of(client, f"/admin/realtime/classstay/{stay.pk}/change/")
    assert "9 min 0 s practising, 1 min 0 s idle, 0 s paused; 8 done" in page
    assert ClassStay.objects.count() == 1
