"""A forgotten password: the letter, and the link that works once."""

import asyncio
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from pytest_django import Settings

from speaktracker import db
from speaktracker.clock import now
from speaktracker.passwords import services
from speaktracker.passwords.models import Letter
from speaktracker.passwords.password_links import SALT, make_token
from speaktracker.roster.models import User
from tests.passwords.conftest import CHOICE, NEW, OLD, Posted, link_in, signs_in

ASK, SENT, CHOOSE = "/password/forgotten/", "/password/forgotten/sent/", "/password/new/"
CLOCK = "speaktracker.passwords.password_links.now"


@pytest.fixture
def link(client: Client, person: User, posted: Posted) -> str:
    client.post(ASK, {"email": " Minsu@Example.com"})
    return link_in(posted()[0])


def follow(link: str) -> tuple[Client, int]:
    """Open a link in a browser of its own, and answer what its page says."""
    browser = Client()
    return browser, browser.get(link, follow=True).status_code


def test_a_letter_brings_a_link_that_sets_a_password_and_signs_in(link: str, person: User) -> None:
    browser, status = follow(link)
    answer = browser.post(CHOOSE, CHOICE)
    assert (status, answer.headers["Location"]) == (200, "/")
    assert browser.get("/student/").status_code == 200
    assert (signs_in(person.email, NEW), signs_in(person.email, OLD)) == (True, False)


def test_the_token_leaves_the_address_at_once(link: str) -> None:
    answer = Client().get(link)
    assert answer.headers["Location"] == CHOOSE
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]


def test_looking_at_a_link_does_not_use_it(link: str) -> None:
    follow(link)
    assert follow(link)[1] == 200


def test_a_link_works_once(link: str, person: User) -> None:
    first, second = follow(link)[0], follow(link)[0]
    first.post(CHOOSE, CHOICE)
    other = {"new_password1": "another-passw0rd", "new_password2": "another-passw0rd"}
    assert second.post(CHOOSE, other).status_code == 410
    assert follow(link)[1] == 410
    assert first.post(CHOOSE, other).status_code == 410
    assert signs_in(person.email, NEW)


def change_the_password(person: User) -> None:
    person.set_password("something-3lse")
    person.save()


def sign_in(person: User) -> None:
    assert signs_in(person.email, OLD)


def deactivate(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def rename(person: User) -> None:
    User.objects.filter(pk=person.pk).update(email="other@example.com")


def end_everything(person: User) -> None:
    User.objects.filter(pk=person.pk).update(credentials_version=7)


def delete(person: User) -> None:
    person.delete()


@pytest.mark.parametrize(
    "happens", [change_the_password, sign_in, deactivate, rename, end_everything, delete]
)
@pytest.mark.parametrize("is_open", [True, False])
def test_a_link_ends_with_what_it_was_made_from(
    link: str, person: User, happens: object, is_open: bool
) -> None:
    browser = follow(link)[0] if is_open else Client()
    happens(person)  # type: ignore[operator]
    if not is_open:
        assert browser.get(link, follow=True).status_code == 410
    assert browser.post(CHOOSE, CHOICE).status_code == 410
    assert not signs_in("minsu@example.com", NEW)


def test_a_link_ends_after_its_hour(
    link: str, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = now()
    monkeypatch.setattr(CLOCK, lambda: then + timedelta(minutes=59))
    browser, status = follow(link)
    assert status == 200
    monkeypatch.setattr(CLOCK, lambda: then + timedelta(minutes=61))
    assert browser.post(CHOOSE, CHOICE).status_code == 410
    assert follow(link)[1] == 410


def test_a_link_is_its_person_s_alone(link: str, person: User) -> None:
    other = User.objects.create_user("other@example.com", OLD)
    token, signer = link.partition("token=")[2], signing.Signer(salt=SALT, sep=".")
    _pk, until, state = signer.unsign_object(token)
    forged = signer.sign_object([other.pk, until, state])
    assert follow(f"{CHOOSE}?token={forged}")[1] == 410
    for wrong in ("", "nonsense", token[:-1], token + "x", "\0", "가:나:다", token.upper()):
        assert Client().get(CHOOSE, {"token": wrong}, follow=True).status_code == 410


def test_choosing_signs_out_whoever_was_signed_in_here(link: str, person: User) -> None:
    other = User.objects.create_user("other@example.com", OLD, user_type="tutor")
    browser = Client()
    browser.force_login(other)
    browser.get(link, follow=True)
    browser.post(CHOOSE, CHOICE)
    assert browser.session["_auth_user_id"] == str(person.pk)
    assert signs_in("other@example.com", OLD)


def test_a_weak_password_does_not_use_the_link(link: str) -> None:
    browser, _status = follow(link)
    weak = {"new_password1": "12345678", "new_password2": "12345678"}
    assert browser.post(CHOOSE, weak).status_code == 200
    assert browser.post(CHOOSE, CHOICE).status_code == 302


def test_nobody_learns_whether_an_address_is_known(
    english: Client, person: User, django_assert_num_queries: object
) -> None:
    asked = ("minsu@example.com", "nobody@example.com", "MINSU@example.com")
    answers = []
    for address in asked:
        with django_assert_num_queries(1):  # type: ignore[operator]
            answers.append(english.post(ASK, {"email": address}, follow=False))
    assert {(a.status_code, a.headers["Location"], a.content) for a in answers} == {
        (302, SENT, b"")
    }


def test_only_who_has_a_usable_account_gets_a_link(
    client: Client, person: User, posted: Posted
) -> None:
    User.objects.create_user("gone@example.com", OLD, is_active=False)
    User.objects.create_user("none@example.com", None)
    others = ("nobody@example.com", '"a b"@example.com')
    for address in ("gone@example.com", "none@example.com", *others):
        client.post(ASK, {"email": address})
    letters = posted()
    assert [letter.to for letter in letters] == [["none@example.com"]]
    assert "token=" not in str(letters[0].body)
    assert not Letter.objects.exists()


def test_what_a_request_says_of_its_host_stands_in_no_letter(
    client: Client, person: User, posted: Posted, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    headers = {"Host": "evil.example.net", "X-Forwarded-Host": "evil.example.net"}
    client.post(ASK, {"email": person.email}, headers=headers)
    letter = posted()[0]
    link_in(letter)
    assert "evil" not in str(letter.message())


def test_a_letter_speaks_the_asker_s_language(client: Client, person: User, posted: Posted) -> None:
    client.post(ASK, {"email": person.email}, headers={"Accept-Language": "en"})
    client.post(ASK, {"email": person.email}, headers={"Accept-Language": "ko"})
    english, korean = posted()
    assert "Hello 민수!" in str(english.body)
    assert "민수님, 안녕하세요!" in str(korean.body)


@pytest.mark.parametrize("address", ["minsu@example.com", "nobody@example.com"])
def test_one_account_gets_few_letters(
    english: Client, person: User, posted: Posted, settings: Settings, address: str
) -> None:
    most = settings.LIMITS.letters_of_account_per_hour
    answers = [
        english.post(ASK, {"email": address}, REMOTE_ADDR=f"192.0.2.{number}")
        for number in range(most + 1)
    ]
    assert [answer.status_code for answer in answers] == [302] * most + [429]
    assert int(answers[-1].headers["Retry-After"]) > 3000
    assert "A link was asked for several times already." in answers[-1].content.decode()
    assert Letter.objects.count() == most


def test_one_network_address_asks_for_few_letters(
    client: Client, db: None, settings: Settings
) -> None:
    most = settings.LIMITS.letters_from_address_per_hour
    statuses = [
        client.post(ASK, {"email": f"s{number}@example.com"}).status_code
        for number in range(most + 1)
    ]
    assert statuses == [302] * most + [429]


def test_without_a_mail_server_nobody_is_promised_a_letter(
    english: Client, person: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert "<form method" not in english.get(ASK).content.decode().partition("<h1>")[2]
    assert english.post(ASK, {"email": person.email}).headers["Location"] == SENT
    assert "No e-mail can be sent from here." in english.get(SENT).content.decode()
    assert not Letter.objects.exists()


@pytest.mark.parametrize("page", [ASK, "/first/", "/password/", CHOOSE])
def test_a_form_that_was_open_too_long_is_explained(page: str, db: None) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    answer = strict.post(page, {"email": "minsu@example.com"})
    assert answer.status_code == 403
    assert "The form was open for too long" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
async def test_of_two_that_use_a_link_at_once_one_chooses() -> None:
    person = await db.write(User.objects.create_user, "minsu@example.com", OLD)
    token = make_token(person, timedelta(hours=1))
    tries = [db.write(services.choose_password, token, f"{NEW}-{number}") for number in range(4)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LinkEnded"] * 3 + ["User"]
