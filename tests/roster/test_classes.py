"""Groups in the admin: found, filtered, exported, and whole classes moved at once."""

import html

import pytest
from django.db.models import QuerySet
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from speaktracker.passwords.models import FirstCode
from speaktracker.roster import selectors, services
from speaktracker.roster.models import TutorStudent, User, UserType
from tests.roster.conftest import Announced, Does, Mapped, Person, mappings_logged

MAPPINGS, PEOPLE = "/admin/roster/tutorstudent/", "/admin/roster/user/"
REASSIGN = f"{MAPPINGS}reassign/"


@pytest.fixture
def classes(tutor: Person) -> dict[str, User]:
    """Two tutors with two groups of two students each."""
    tutors = {name: tutor(f"{name}@example.com") for name in ("kim", "lee")}
    placed, groups = {}, {}
    for number in range(8):
        student = User.objects.create(email=f"s{number}@example.com", user_type=UserType.STUDENT)
        placed[student.pk] = tutors["kim" if number < 4 else "lee"].pk
        groups[student.pk] = f"3{'AB'[number % 2]}"
    services.assign_many(placed, groups)
    return tutors


def emails(people: QuerySet[User]) -> list[str]:
    return [person.email.partition("@")[0] for person in people]


def listed(client: Client, query: str) -> list[str]:
    rows = client.get(query).context["cl"].result_list
    return sorted(getattr(row, "student", row).email.partition("@")[0] for row in rows)


def test_both_lists_are_filtered_by_group(admin_page: Client, classes: dict[str, User]) -> None:
    of_3a = ["s0", "s2", "s4", "s6"]
    assert listed(admin_page, f"{MAPPINGS}?group=3A") == of_3a
    assert listed(admin_page, f"{PEOPLE}?group=3A") == of_3a
    assert listed(admin_page, f"{PEOPLE}?group=3A&tutor={classes['lee'].pk}") == ["s4", "s6"]
    assert listed(admin_page, f"{MAPPINGS}?group=none") == []


def test_groups_are_listed_in_order_each_once(classes: dict[str, User]) -> None:
    assert selectors.groups(10) == ["3A", "3B"]
    assert selectors.groups(1) == ["3A"]


def test_the_export_has_the_group_and_reads_back_as_no_change(
    admin_page: Client, classes: dict[str, User]
) -> None:
    lines = admin_page.get(f"{MAPPINGS}export/?group=3B").content.decode().splitlines()
    assert lines[0] == "student_email,tutor_email,group"
    assert sorted(lines[1:])[0] == "s1@example.com,kim@example.com,3B"
    assert len(lines) == 5


def test_a_whole_class_is_moved_at_once(
    admin_page: Client, classes: dict[str, User], announced: Announced, does: Does
) -> None:
    kim, lee = classes["kim"], classes["lee"]
    link = f"reassign/?tutor={kim.pk}&group=3A"
    page = admin_page.get(f"{MAPPINGS}?tutor={kim.pk}&group=3A").content.decode()
    assert link in html.unescape(page)
    form = admin_page.get(MAPPINGS + link).context["form"]
    before, students = mappings_logged(), form.initial["students"]
    announced.signals.clear()
    does(lambda: admin_page.post(REASSIGN, {"students": students, "tutor": lee.pk, "confirm": ""}))
    assert emails(selectors.students_in(lee.pk, "3A")) == ["s0", "s2", "s4", "s6"]
    assert [name for name, _ids in announced.signals] == ["mapping"]
    assert mappings_logged() == before + 2


def test_a_class_gets_another_group_and_keeps_its_tutors(
    admin_page: Client, classes: dict[str, User]
) -> None:
    ids = selectors.students_in(None, "3A").values_list("pk", flat=True)
    students = ",".join(map(str, ids))
    form = {"students": students, "group": " 4\u200bA "}
    page = admin_page.post(REASSIGN, {**form, "preview": "1"}).content.decode()
    assert "4 students change the group. Nothing has changed yet." in page
    admin_page.post(REASSIGN, {**form, "confirm": "1"})
    assert emails(selectors.students_in(classes["lee"].pk, "4A")) == ["s4", "s6"]
    admin_page.post(REASSIGN, {"students": students, "no_group": "on", "confirm": "1"})
    assert selectors.groups(10) == ["3B"]


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({}, "Choose a tutor, a group, or both."),
        ({"group": "4A", "no_group": "on"}, "not both"),
        ({"group": "x" * 65}, "at most 64 characters"),
    ],
)
def test_a_reassignment_that_says_nothing_or_too_much_is_refused(
    admin_page: Client, mapped: Mapped, choice: dict[str, str], sentence: str
) -> None:
    form = {"students": str(mapped().student_id), "confirm": "1", **choice}
    assert sentence in admin_page.post(REASSIGN, form).content.decode()


def test_a_student_without_a_tutor_comes_into_no_group(
    admin_page: Client, student: Person, mapped: Mapped
) -> None:
    both = f"{student('alone@example.com').pk},{mapped().student_id}"
    page = admin_page.post(REASSIGN, {"students": both, "group": "3A"}).content.decode()
    assert "1 of the chosen students has no tutor and is left out" in page
    admin_page.post(REASSIGN, {"students": both, "group": "3A", "confirm": "1"})
    assert TutorStudent.objects.get().group == "3A"


def test_assigning_without_groups_keeps_them(classes: dict[str, User]) -> None:
    ids = selectors.students_in(classes["kim"].pk, "").values_list("pk", flat=True)
    services.assign_many(dict.fromkeys(ids, classes["lee"].pk))
    assert emails(selectors.students_in(classes["lee"].pk, "3B")) == ["s1", "s3", "s5", "s7"]


def test_codes_are_printed_for_a_class_of_two_hundred(
    admin_page: Client, tutor: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    teacher = tutor()
    people = User.objects.bulk_create(
        User(email=f"s{n:03}@example.com", user_type="student", password="!", language="en")
        for n in range(200)
    )
    ids = [person.pk for person in people]
    services.assign_many(dict.fromkeys(ids, teacher.pk), dict.fromkeys(ids, "3A"))
    form = {"action": "print_codes", "select_across": "1", "_selected_action": ids[0]}
    with django_assert_max_num_queries(25):
        sheet = admin_page.post(f"{PEOPLE}?group=3A", {**form, "confirmed": "1"}).content.decode()
    assert (sheet.count('class="slip" lang="en"'), FirstCode.objects.count()) == (200, 200)
    assert "tutor@example.com · 3A" in sheet


def test_the_lists_do_not_cost_a_query_per_group(
    admin_page: Client,
    classes: dict[str, User],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for url in (PEOPLE, MAPPINGS):
        with django_assert_max_num_queries(10):
            admin_page.get(f"{url}?group=3A")
