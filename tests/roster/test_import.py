"""Importing who teaches whom from a CSV file, through the real admin page."""

import html
import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from speaktracker.roster import selectors
from speaktracker.roster.imports import spreadsheet
from speaktracker.roster.models import TutorStudent, User
from tests.roster.conftest import Announced, Does, Mapped, Person, mappings_logged

IMPORT = "/admin/roster/tutorstudent/import/"
HEADER = "student_email,tutor_email\n"


def preview(client: Client, text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    answer = client.post(IMPORT, {"file": SimpleUploadedFile("roster.csv", data)})
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def confirm(client: Client, page: str, **more: str) -> Any:
    shown = re.search(r'name="shown" value="([^"]+)"', page)
    assert shown
    return client.post(IMPORT, {"shown": shown[1], **more})


def said(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


@pytest.fixture
def people(student: Person, tutor: Person) -> None:
    for n in (1, 2, 3):
        student(f"s{n}@example.com")
    tutor("a@example.com")
    tutor("b@example.com")


def test_the_preview_shows_what_changes_and_changes_nothing(
    admin_page: Client, people: None, mapped: Mapped
) -> None:
    mapped("old@example.com", "a@example.com")
    mapped("same@example.com", "b@example.com")
    rows = ("old@example.com,b@", "same@example.com,b@", "s1@example.com,a@")
    page = preview(admin_page, HEADER + "".join(f"{row}example.com\n" for row in rows))
    assert "Changes: 2. Unchanged: 1. Bad rows: 0." in page
    assert "<td>a@example.com</td><td><strong>b@example.com</strong></td>" in page
    assert TutorStudent.objects.count() == 2


def test_a_confirmed_import_is_counted_told_and_summed_up(
    admin_page: Client, people: None, announced: Announced, does: Does
) -> None:
    page = preview(
        admin_page, HEADER + "S1@Example.com, A@example.com\ns2@example.com,b@example.com"
    )
    before, answers = mappings_logged(), []
    does(lambda: answers.append(confirm(admin_page, page)))
    assert said(answers[0]) == "Imported: 0 new people, 2 changed, 0 unchanged, 0 left out."
    assert mappings_logged() == before + 2
    assert announced.signals == [
        ("mapping", sorted(TutorStudent.objects.values_list("student", flat=True)))
    ]


@pytest.mark.parametrize(
    ("row", "value", "reason"),
    [
        ("no@example.com,a@example.com", "no@example.com", "Nobody has this address."),
        ("s1@example.com,no@example.com", "no@example.com", "Nobody has this address."),
        ("a@example.com,b@example.com", "a@example.com", "This person is not a student."),
        ("s1@example.com,s2@example.com", "s2@example.com", "This person is not a tutor."),
        (",a@example.com", "", "student_email is empty."),
        ("s1@example.com", "", "tutor_email is empty."),
        ("s3@example.com,b@example.com", "s3@example.com", "Line 2 has this person already."),
        ("<b>x</b>,a@example.com", "<b>x</b>", "Nobody has this address."),
    ],
)
def test_a_bad_row_is_shown_with_line_value_and_reason(
    admin_page: Client, people: None, row: str, value: str, reason: str
) -> None:
    page = preview(admin_page, f"{HEADER}s3@example.com,a@example.com\n\n{row}\n")
    shown = f"<code>{value}</code>" if value else "–"
    assert f'<th scope="row">4</th><td>{shown}</td><td>{reason}</td>' in page


def test_a_tutor_who_may_not_sign_in_is_no_good_row(admin_page: Client, people: None) -> None:
    User.objects.filter(email="b@example.com").update(is_active=False)
    page = preview(admin_page, f"{HEADER}s1@example.com,b@example.com\n")
    assert "This tutor's account is switched off." in page


def test_nothing_is_imported_while_a_row_is_bad(admin_page: Client, people: None) -> None:
    page = preview(
        admin_page, HEADER + "s1@example.com,a@example.com\nno@example.com,a@example.com\n"
    )
    answer = confirm(admin_page, page)
    assert "Nothing was imported" in said(answer)
    assert not TutorStudent.objects.exists()


def test_bad_rows_are_left_out_on_request(admin_page: Client, people: None) -> None:
    page = preview(
        admin_page, HEADER + "s1@example.com,a@example.com\nno@example.com,a@example.com\n"
    )
    answer = confirm(admin_page, page, leave_out="on")
    assert said(answer) == "Imported: 0 new people, 1 changed, 0 unchanged, 1 left out."


def test_what_changed_since_the_preview_is_shown_again(
    admin_page: Client, people: None, tutor: Person
) -> None:
    page = preview(admin_page, HEADER + "s1@example.com,a@example.com\n")
    student = User.objects.get(email="s1@example.com")
    TutorStudent.objects.create(student=student, tutor=tutor("c@example.com"))
    answer = confirm(admin_page, page)
    assert "have changed since the preview" in said(answer)
    tutor_now = selectors.tutors_of([student.pk]).get(student.pk)
    assert tutor_now
    assert tutor_now.email == "c@example.com"
    assert confirm(admin_page, html.unescape(answer.content.decode())).status_code == 302


@pytest.mark.parametrize("shown", ["", "forged", "a:b:c"])
def test_a_forged_confirmation_is_refused(admin_page: Client, shown: str) -> None:
    answer = admin_page.post(IMPORT, {"shown": shown})
    assert (answer.status_code, answer.headers["Location"]) == (302, IMPORT)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "The submitted file is empty."),
        (b"a,b\n1,2\n", "must name the columns student_email, tutor_email"),
        (HEADER.encode(), "has no rows"),
        (b"student_email,tutor_email\n\xff\xff", "not text"),
        (b'student_email,tutor_email\n"a"b,c\n', "not a CSV file"),
        (b"student_email,tutor_email\n" + b"a,b\n" * 10_001, "more than 10,000 rows"),
        (b"x" * 5_000_001, "larger than 5 MB"),
        (b"PK\x03\x04", "is a workbook"),
        (b"student_email,tutor_email,Tutor\na,b,c\n", "mean the same: tutor_email"),
        (b"\x00\x01\x02", "not text"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(admin_page: Client, data: bytes, reason: str) -> None:
    assert reason in preview(admin_page, data)


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfstudent_email,tutor_email\r\ns1@example.com,a@example.com\r\n",
        b"tutor_email;Student_Email\na@example.com;s1@example.com",
        b"student_email\tname\ttutor_email\ns1@example.com\tx\ta@example.com\n",
        "student_email,name,tutor_email\ns1@example.com,김,a@example.com\n".encode("cp949"),
        "student_email,name,tutor_email\ns1@example.com,김,a@example.com\n".encode("utf-16"),
        "student_email\ttutor_email\ns1@example.com\ta@example.com\n".encode("utf-16-le"),
        "\u200bstudent_email;tutor_email\u00a0\n\ufeffs1@example.com;a@example.com\u200b\n".encode(),
    ],
)
def test_files_of_spreadsheet_programs_are_read(
    admin_page: Client, people: None, data: bytes
) -> None:
    assert "Changes: 1. Unchanged: 0. Bad rows: 0." in preview(admin_page, data)


@pytest.mark.parametrize("address", ["=a@x.com", "'=a@x.com", "+a@x.com", "'a@x.com", "a@x.com"])
def test_an_exported_cell_reads_back_as_it_was(address: str) -> None:
    cell = spreadsheet.safe_cell(address)
    assert not cell.startswith(("=", "+", "-", "@"))
    assert spreadsheet.plain_cell(cell) == address


def test_a_group_is_imported_and_an_empty_one_leaves_what_is_there(
    admin_page: Client, people: None, mapped: Mapped
) -> None:
    one = mapped("old@example.com", "a@example.com")
    for group, becomes in (("3A", "3A"), ("", "3A"), (" 3\u200bB\u00a0", "3B")):
        rows = f"{group},old@example.com,a@example.com\n"
        confirm(admin_page, preview(admin_page, "반,학생 이메일,담당 튜터\n" + rows))
        one.refresh_from_db()
        assert one.group == becomes


def test_a_big_file_does_not_cost_a_query_per_row(
    admin_page: Client,
    student: Person,
    tutor: Person,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    tutor("a@example.com")
    rows = "".join(f"{student(f's{n}@example.com').email},a@example.com\n" for n in range(200))
    page = preview(admin_page, HEADER + rows)
    with django_assert_max_num_queries(25):
        confirm(admin_page, page)
    assert TutorStudent.objects.count() == 200
