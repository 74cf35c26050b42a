"""One-time codes on paper, for who has no e-mail."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.test import Client, RequestFactory

from speaktracker.clock import now
from speaktracker.passwords import services
from speaktracker.passwords.first_codes import ALPHABET, in_groups, make_code, normal_code
from speaktracker.passwords.models import FirstCode
from speaktracker.roster.models import User
from tests.passwords.conftest import CHOICE, NEW, OLD, signs_in

FIRST, CHOOSE = "/first/", "/password/new/"


@pytest.fixture
def code(person: User) -> str:
    return services.issue_codes([person])[0][1]


def enter(code: str, address: str = "minsu@example.com") -> tuple[Client, int]:
    """Enter a code in a browser of its own; 302 leads on."""
    browser = Client(headers={"Accept-Language": "en"})
    answer = browser.post(FIRST, {"username": address, "code": code})
    return browser, answer.status_code


def test_a_child_chooses_a_password_with_a_code(code: str) -> None:
    browser, status = enter(code)
    page = browser.get(CHOOSE).content.decode()
    assert (status, "Hello 민수!" in page, 'value="minsu@example.com"' in page) == (302, True, True)
    assert browser.post(CHOOSE, CHOICE).headers["Location"] == "/"
    assert browser.get("/student/").status_code == 200
    assert signs_in("minsu@example.com", NEW)


def test_a_code_is_taken_as_children_type_it(code: str) -> None:
    wide = "".join(chr(ord(mark) + 0xFEE0) for mark in code)
    for typed in (code.lower(), in_groups(code), f" {code[:3]} {code[3:]} ", wide):
        assert enter(typed)[1] == 302
    assert enter(code, " Minsu@Example.COM ")[1] == 302


def test_a_code_works_once(code: str) -> None:
    first, second = enter(code)[0], enter(code)[0]
    assert first.post(CHOOSE, CHOICE).status_code == 302
    assert second.post(CHOOSE, CHOICE).status_code == 410
    assert enter(code)[1] == 200
    assert not FirstCode.objects.exists()


def test_a_new_sheet_replaces_the_old_codes(code: str, person: User) -> None:
    newer = services.issue_codes([person])[0][1]
    assert (enter(code)[1], enter(newer)[1]) == (200, 302)


@pytest.mark.parametrize("field", ["password", "is_active", "credentials_version", "email"])
def test_a_code_ends_with_the_credentials_it_was_made_for(
    code: str, person: User, field: str
) -> None:
    values = {"password": "md5$a$b", "is_active": False, "credentials_version": 5}
    User.objects.filter(pk=person.pk).update(**{field: values.get(field, "renamed@example.com")})
    person.refresh_from_db()
    assert enter(code, person.email)[1] == 200


def test_a_code_ends_after_its_days(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    then = now()
    monkeypatch.setattr("speaktracker.passwords.selectors.now", lambda: then + timedelta(days=13.9))
    assert enter(code)[1] == 302
    monkeypatch.setattr("speaktracker.passwords.selectors.now", lambda: then + timedelta(days=14.1))
    assert enter(code)[1] == 200


def test_a_code_is_its_person_s_alone(code: str, staff: User) -> None:
    services.issue_codes([staff])
    for address in ("staff@example.com", "nobody@example.com", "", "a b", "x" * 300):
        assert enter(code, address)[1] == 200
    for wrong in ("", "2222222222", code[:-1], code + "2", "\0", "코드", "x" * 300):
        assert enter(wrong)[1] == 200


def test_a_wrong_code_is_explained_and_the_fields_stay(code: str) -> None:
    browser = Client(headers={"Accept-Language": "en"})
    wrong = {"username": "minsu@example.com", "code": "K7PM4"}
    page = browser.post(FIRST, wrong).content.decode()
    assert "The address and the code do not match" in page
    assert 'value="minsu@example.com"' in page
    assert browser.get(CHOOSE).status_code == 410


def test_a_code_opens_no_session_by_itself(code: str) -> None:
    browser, _status = enter(code)
    assert browser.get("/student/").status_code == 302


def test_a_code_is_no_password_and_a_password_no_code(code: str) -> None:
    assert not signs_in("minsu@example.com", code)
    assert enter(OLD)[1] == 200


def test_the_guard_sees_codes_as_it_sees_passwords(code: str, person: User) -> None:
    request = RequestFactory().post(FIRST)
    found = authenticate(request, username=person.email, first_secret=code)
    assert found == person
    assert authenticate(request, username=person.email, first_secret="2222222222") is None


def test_guessing_ends_soon_and_says_how_long(code: str) -> None:
    for _ in range(4):
        enter("2222222222")
    browser = Client(headers={"Accept-Language": "en"})
    right = {"username": "minsu@example.com", "code": code}
    answer = browser.post(FIRST, right)
    assert answer.status_code == 429
    assert "Too many attempts that did not match" in answer.content.decode()
    assert browser.post(FIRST, right, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_only_a_keyed_digest_is_kept(code: str) -> None:
    assert code not in str(FirstCode.objects.values().get())
    assert len(FirstCode.objects.get().digest) == 64


def test_codes_are_easy_to_read_and_hard_to_guess() -> None:
    assert not set(ALPHABET) & set("01OILAEU")
    codes = {make_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(len(code) == 10 and set(code) <= set(ALPHABET) for code in codes)
    assert len(ALPHABET) ** 10 > 2**48 * 0.99
    assert normal_code(in_groups("K7PM4XQR9T").lower()) == "K7PM4XQR9T"


def test_a_sheet_shows_each_code_once_and_prints(client: Client, staff: User, person: User) -> None:
    client.force_login(staff)
    form = {"action": "print_codes", "_selected_action": [person.pk]}
    asked = client.post("/admin/roster/user/", form, headers={"Accept-Language": "en"})
    assert "For 1 person. Nothing has happened yet." in asked.content.decode()
    assert not FirstCode.objects.exists()
    sheet = client.post("/admin/roster/user/", {**form, "confirmed": "1"})
    found = re.search(r'<dd class="code">([\w-]+)</dd>', sheet.content.decode())
    assert found
    assert "no-store" in sheet.headers["Cache-Control"]
    assert "https://speak.example.com/first/" in sheet.content.decode()
    assert "민수" in sheet.content.decode()
    assert enter(found[1])[1] == 302


def test_a_class_gets_its_codes_in_few_queries(
    client: Client, staff: User, django_assert_max_num_queries: object
) -> None:
    client.force_login(staff)
    tutor = User.objects.create_user("tutor@example.com", OLD, user_type="tutor")
    for number in range(40):
        student = User.objects.create_user(f"s{number}@example.com", None, user_type="student")
        tutor.mappings.create(student=student)
    form = {"action": "print_students_codes", "_selected_action": [tutor.pk], "confirmed": "1"}
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        sheet = client.post("/admin/roster/user/", form).content.decode()
    assert sheet.count('class="slip"') == FirstCode.objects.count() == 40
