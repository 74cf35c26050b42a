"""A person's language: of pages while signed in, of letters, and of codes on paper."""

import pytest
from django.core import mail
from django.test import Client

from speaktracker.passwords import services
from speaktracker.passwords.letter_sending import send_due_letters
from speaktracker.roster.models import User
from tests.roster.conftest import Person

PAGE = "/password/"


def language_of(client: Client, url: str = PAGE, **headers: str) -> str:
    return str(client.get(url, headers=headers).headers["Content-Language"])


@pytest.mark.parametrize(
    ("language", "browser", "expected"),
    [("en", "ko", "en"), ("ko", "en", "ko"), ("", "en", "en"), ("", "ko", "ko"), ("en", "", "en")],
)
def test_a_page_speaks_its_reader_s_language_else_the_browser_s(
    client: Client, student: Person, language: str, browser: str, expected: str
) -> None:
    client.force_login(student(language=language))
    assert language_of(client, **{"Accept-Language": browser}) == expected
    assert language_of(client, "/nonsense", **{"Accept-Language": browser}) == expected


def test_what_somebody_chooses_on_a_page_comes_first(client: Client, student: Person) -> None:
    client.force_login(student(language="en"))
    assert language_of(client, f"{PAGE}?lang=ko") == "ko"
    assert language_of(client) == "ko"
    assert language_of(Client()) == "ko"


@pytest.mark.parametrize(("language", "subject"), [("en", "Welcome"), ("", "SpeakTracker")])
def test_a_letter_is_in_its_reader_s_language(
    settings: object, student: Person, staff: User, language: str, subject: str
) -> None:
    one = student(language=language)
    services.invite(staff, [one.pk], "ko")
    send_due_letters()
    (letter,) = mail.outbox
    assert letter.subject.startswith(subject)
    assert ("Hello" in letter.body) == (language == "en")


def test_staff_set_the_language_on_a_person_s_page(admin_page: Client, student: Person) -> None:
    form = {"email": "new@example.com", "user_type": "student", "language": "en"}
    admin_page.post("/admin/roster/user/add/", {**form, "usable_password": "false"})
    assert User.objects.get(email="new@example.com").language == "en"
