"""Importing people in the admin: preview, ranks, one transaction, and what comes next."""

import html
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from speaktracker.passwords.models import FirstCode, Letter
from speaktracker.roster.models import TutorStudent, User
from tests.roster.conftest import Mapped, Person, everybody
from tests.roster.imports.test_people_import import FILE
from tests.roster.test_import import said

IMPORT = "/admin/roster/user/import/"


def preview(client: Client, text: str) -> str:
    file = SimpleUploadedFile("people.csv", text.encode("cp949"))
    answer = client.post(IMPORT, {"file": file})
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def confirm(client: Client, page: str, **more: str) -> Any:
    shown = page.partition('name="shown" value="')[2].partition('"')[0]
    return client.post(IMPORT, {"shown": shown, **more})


@pytest.fixture
def clerk(client: Client, db: None) -> User:
    """Somebody who may add and change people, and nothing else, signed in."""
    one = User.objects.create_user("clerk@example.com", "x", is_staff=True)
    one.user_permissions.set(Permission.objects.filter(codename__in=("add_user", "change_user")))
    client.force_login(one)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return one


def test_the_preview_shows_who_is_new_and_what_changes(
    admin_page: Client, mapped: Mapped, tutor: Person
) -> None:
    mapped("old@school.kr", "kim@school.kr")
    tutor("lee@school.kr")
    page = preview(admin_page, f"{FILE}old@school.kr,민지,,lee@school.kr,,en\n")
    assert "Changes: 4. Unchanged: 0. Bad rows: 0." in page
    assert "New people: 2 · Name: 2 · Tutor: 1 · Language: 2" in page
    assert "<td>kim@school.kr</td><td><strong>lee@school.kr</strong></td>" in page
    assert "<td>minsu@school.kr</td><td>민수</td><td>student</td>" in page
    assert User.objects.filter(email="minsu@school.kr").count() == 0


def test_a_confirmed_import_leads_to_letters_and_codes_of_a_class(
    admin_page: Client, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    answer = confirm(admin_page, preview(admin_page, FILE))
    assert said(answer) == "Imported: 3 new people, 0 changed, 0 unchanged, 0 left out."
    steps = admin_page.get(answer.headers["Location"]).context["groups"]
    assert [(step.name, step.count) for step in steps] == [
        *(("everybody new", 3), ("3A", 1), ("3B", 1))
    ]
    first = User.objects.get(email="jiwoo@school.kr").pk
    form = {"select_across": "1", "_selected_action": [first], "confirmed": "1"}
    sheet = admin_page.post(steps[1].url, {**form, "action": "print_codes"}).content.decode()
    assert ["minsu@school.kr" in sheet, "jiwoo@school.kr" in sheet] == [True, False]
    admin_page.post(steps[0].url, {**form, "action": "invite"})
    assert (FirstCode.objects.count(), Letter.objects.count()) == (1, 3)


def test_a_file_that_changes_nothing_says_so(admin_page: Client) -> None:
    confirm(admin_page, preview(admin_page, FILE))
    page = preview(admin_page, FILE)
    assert "Nothing changes: all that the file says is so already." in page
    assert 'value="Import"' not in page


def test_everything_is_imported_or_nothing(
    admin_page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = preview(admin_page, FILE)

    def fails(*_: Any) -> None:
        raise KeyError("gone meanwhile")

    with monkeypatch.context() as patched:
        patched.setattr("speaktracker.roster.imports.services.assign_many", fails)
        answer = confirm(admin_page, page)
    assert "have changed since the preview" in said(answer)
    assert not User.objects.filter(email__endswith="@school.kr").exists()
    assert confirm(admin_page, page).status_code == 302


def test_a_clerk_adds_and_renames_people_and_maps_nobody(client: Client, clerk: User) -> None:
    rows = "email,name,user_type\nkim@school.kr,Kim,tutor\nclerk@example.com,Me,\n"
    confirm(client, preview(client, rows))
    assert everybody()["kim@school.kr"][:2] == ["Kim", "tutor"]
    page = preview(client, FILE)
    assert page.count("You may not change who teaches whom. Ask a superuser.") == 2


@pytest.mark.parametrize("row", ["{},New name,,", "{},,tutor,", "{},,,,en"])
def test_nobody_is_changed_by_a_file_of_somebody_below(
    client: Client, clerk: User, row: str
) -> None:
    above = User.objects.create_user("head@example.com", "x", name="Head")
    above.user_permissions.set(Permission.objects.filter(codename="delete_user"))
    page = preview(client, f"email,name,user_type,x,language\n{row.format(above.email)}\n")
    assert "This person may do what you may not" in page
    confirm(client, page, leave_out="on")
    assert everybody()[above.email][:3] == ["Head", None, ""]


def test_nobody_is_mapped_to_a_tutor_above(client: Client, clerk: User, mapped: Mapped) -> None:
    clerk.user_permissions.add(*Permission.objects.filter(codename__endswith="tutorstudent"))
    mapping = mapped("old@school.kr")
    User.objects.create_superuser("head@example.com", "x", user_type="tutor")
    for tutor in ("head@example.com", mapping.tutor.email):
        TutorStudent.objects.filter(pk=mapping.pk).update(
            tutor=User.objects.exclude(email=tutor).get(user_type="tutor")
        )
        page = preview(client, f"email,tutor_email\nold@school.kr,{tutor}\n")
        assert "This person may do what you may not" in page


@pytest.mark.parametrize("page", ["import/", "imported/"])
def test_whoever_may_not_add_people_imports_none(client: Client, clerk: User, page: str) -> None:
    clerk.user_permissions.set(Permission.objects.filter(codename="change_user"))
    assert client.get(f"/admin/roster/user/{page}").status_code == 403
