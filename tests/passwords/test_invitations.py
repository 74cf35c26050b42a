"""Invitations from the list of people."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import Settings

from speaktracker.clock import now
from speaktracker.passwords.models import Letter, Mailing
from speaktracker.roster.models import User
from speaktracker.roster.services import assign_tutor
from tests.passwords.conftest import CHOICE, NEW, OLD, Posted, link_in, signs_in

LIST = "/admin/roster/user/"
CLOCK = "speaktracker.passwords.password_links.now"


@pytest.fixture
def admin_page(english: Client, staff: User) -> Client:
    english.force_login(staff)
    return english


@pytest.fixture
def students(db: None) -> list[User]:
    tutor = User.objects.create_user("tutor@example.com", OLD, user_type="tutor")
    found = [
        User.objects.create_user(f"s{number}@example.com", None, user_type="student")
        for number in range(3)
    ]
    for student in found:
        assign_tutor(student, tutor)
    return found


def choose(page: Client, action: str, *people: User, **more: str) -> object:
    form = {"action": action, "_selected_action": [person.pk for person in people], **more}
    return page.post(LIST, form)


def test_inviting_asks_first_and_then_shows_the_progress(
    admin_page: Client, students: list[User], posted: Posted
) -> None:
    asked = choose(admin_page, "invite", *students)
    assert "For 3 people. Nothing has happened yet." in asked.content.decode()  # type: ignore[attr-defined]
    assert not Mailing.objects.exists()
    answer = choose(admin_page, "invite", *students, confirmed="1")
    page = answer.headers["Location"]  # type: ignore[attr-defined]
    assert admin_page.get(page).headers["Refresh"] == "3"
    assert [letter.to[0] for letter in posted()] == [person.email for person in students]
    shown = admin_page.get(page)
    assert "Refresh" not in shown.headers
    assert '<div class="readonly">3</div>' in shown.content.decode()
    assert LogEntry.objects.count() == 3


def test_an_invitation_lets_its_person_choose_a_password_once(
    admin_page: Client, students: list[User], posted: Posted
) -> None:
    choose(admin_page, "invite", students[0], confirmed="1")
    link, browser = link_in(posted()[0]), Client()
    browser.get(link, follow=True)
    assert browser.post("/password/new/", CHOICE).status_code == 302
    assert signs_in("s0@example.com", NEW)
    assert Client().get(link, follow=True).status_code == 410


def test_an_invitation_lasts_its_days(
    admin_page: Client, students: list[User], posted: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(admin_page, "invite", students[0], confirmed="1")
    link, then = link_in(posted()[0]), now()
    monkeypatch.setattr(CLOCK, lambda: then + timedelta(days=6.9))
    assert Client().get(link, follow=True).status_code == 200
    monkeypatch.setattr(CLOCK, lambda: then + timedelta(days=7.1))
    assert Client().get(link, follow=True).status_code == 410


def test_a_tutor_s_whole_class_is_invited(admin_page: Client, students: list[User]) -> None:
    tutor = User.objects.get(email="tutor@example.com")
    choose(admin_page, "invite_students", tutor, confirmed="1")
    invited = Letter.objects.order_by("person__email").values_list("person__email", flat=True)
    assert list(invited) == ["s0@example.com", "s1@example.com", "s2@example.com"]


def test_all_that_a_filter_finds_are_invited(admin_page: Client, students: list[User]) -> None:
    form = {"action": "invite", "_selected_action": [students[0].pk], "select_across": "1"}
    asked = admin_page.post(f"{LIST}?user_type__exact=student", form)
    page = asked.content.decode()
    assert "For 3 people." in page
    assert f'action="{LIST}?user_type__exact=student"' in page
    admin_page.post(f"{LIST}?user_type__exact=student", {**form, "confirmed": "1"})
    assert Letter.objects.count() == 3


def test_the_inactive_are_left_out_and_counted(admin_page: Client, students: list[User]) -> None:
    User.objects.filter(email="s1@example.com").update(is_active=False)
    page = choose(admin_page, "invite", *students).content.decode()  # type: ignore[attr-defined]
    assert "1 of the chosen people is left out" in page
    choose(admin_page, "invite", *students, confirmed="1")
    assert Mailing.objects.get().wanted == 2


def test_a_clerk_cannot_reach_who_has_more_rights(
    english: Client, staff: User, students: list[User]
) -> None:
    clerk = User.objects.create_user("clerk@example.com", OLD, is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__endswith="_user"))
    english.force_login(clerk)
    for action in ("invite", "print_codes"):
        answer = choose(english, action, staff, students[0], confirmed="1")
        assert answer.status_code in (200, 302)  # type: ignore[attr-defined]
        choose(english, action, staff, confirmed="1")
    assert list(Letter.objects.values_list("person__email", flat=True)) == ["s0@example.com"]
    assert english.get(f"/admin/passwords/mailing/{Mailing.objects.get().pk}/change/").status_code
    assert not Letter.objects.filter(person=staff).exists()


def test_staff_who_may_not_change_people_have_no_such_action(
    english: Client, students: list[User]
) -> None:
    viewer = User.objects.create_user("viewer@example.com", OLD, is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_user"))
    english.force_login(viewer)
    assert english.get(LIST).status_code == 200
    choose(english, "invite", students[0], confirmed="1")
    assert not Mailing.objects.exists()
    assert english.get("/admin/passwords/mailing/").status_code == 403


def test_without_a_mail_server_the_action_says_so(
    admin_page: Client, students: list[User], settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    choose(admin_page, "invite", students[0])
    assert "EMAIL_URL is not set" in admin_page.get(LIST).content.decode()


def test_a_mailing_can_only_be_looked_at(admin_page: Client, students: list[User]) -> None:
    choose(admin_page, "invite", students[0], confirmed="1")
    page = f"/admin/passwords/mailing/{Mailing.objects.get().pk}"
    assert admin_page.get("/admin/passwords/mailing/").status_code == 200
    assert admin_page.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    assert admin_page.get("/admin/passwords/mailing/add/").status_code == 403
