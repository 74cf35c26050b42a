"""The admin pages of who teaches whom, through the real URLs."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from speaktracker.roster import selectors
from speaktracker.roster.admin.people_search import MOST_PEOPLE
from speaktracker.roster.models import TutorStudent, User
from tests.roster.conftest import Announced, Does, Mapped, Person, mappings_logged

LIST = "/admin/roster/tutorstudent/"
REASSIGN = f"{LIST}reassign/"


def found(client: Client, query: str) -> list[str]:
    return [mapping.student.email for mapping in client.get(LIST + query).context["cl"].result_list]


def test_mappings_are_found_by_either_person_and_by_tutor(
    admin_page: Client, mapped: Mapped
) -> None:
    mapped("one@example.com", "a@example.com")
    other = mapped("two@example.com", "b@example.com")
    assert found(admin_page, "?q=one@") == ["one@example.com"]
    assert found(admin_page, "?q=b@example") == ["two@example.com"]
    assert found(admin_page, f"?tutor={other.tutor_id}") == ["two@example.com"]


def test_many_of_the_same_name_hide_nobody_whom_a_mapping_names(
    admin_page: Client, mapped: Mapped
) -> None:
    emails = [f"a{number}@example.com" for number in range(MOST_PEOPLE)]
    User.objects.bulk_create(User(email=email, name="김") for email in emails)
    mapped("one@example.com", "tutor@example.com")
    User.objects.filter(email="one@example.com").update(name="김민준")
    assert found(admin_page, "?q=김") == ["one@example.com"]
    assert found(admin_page, "?q=example.com") == ["one@example.com"]
    assert found(admin_page, "?q=a1@") == []


def test_the_list_does_not_cost_a_query_per_mapping(
    admin_page: Client, mapped: Mapped, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(25):
        mapped(f"s{number}@example.com", f"tutor{number}@example.com")
    with django_assert_max_num_queries(8):
        admin_page.get(LIST)


def suggestions(client: Client, field: str) -> list[str]:
    query = {"app_label": "roster", "model_name": "tutorstudent", "field_name": field, "term": ""}
    return [row["text"] for row in client.get("/admin/autocomplete/", query).json()["results"]]


def test_autocomplete_offers_the_right_type_only(admin_page: Client, mapped: Mapped) -> None:
    mapped()
    assert suggestions(admin_page, "student") == ["student@example.com"]
    assert suggestions(admin_page, "tutor") == ["tutor@example.com"]


def test_the_form_maps_a_student(admin_page: Client, student: Person, tutor: Person) -> None:
    one, teacher = student(), tutor()
    admin_page.post(f"{LIST}add/", {"student": one.pk, "tutor": teacher.pk})
    assert selectors.tutors_of([one.pk]).get(one.pk) == teacher


def test_the_form_refuses_wrong_types(admin_page: Client, student: Person, tutor: Person) -> None:
    answer = admin_page.post(f"{LIST}add/", {"student": tutor().pk, "tutor": student().pk})
    assert set(answer.context["adminform"].form.errors) == {"student", "tutor"}


def test_the_form_refuses_a_second_tutor_in_words(
    admin_page: Client, mapped: Mapped, tutor: Person
) -> None:
    form = {"student": mapped().student_id, "tutor": tutor("b@example.com").pk}
    answer = admin_page.post(f"{LIST}add/", form)
    assert "has a tutor already" in answer.content.decode()


def test_reassigning_shows_the_chosen_and_asks_for_a_tutor(
    admin_page: Client, mapped: Mapped
) -> None:
    chosen = [mapped(f"s{n}@example.com").pk for n in range(2)]
    answer = admin_page.post(LIST, {"action": "reassign", "_selected_action": chosen})
    page = answer.content.decode()
    assert ["s0@example.com" in page, "s1@example.com" in page] == [True, True]
    assert 'name="tutor"' in page
    assert 'name="confirm"' not in page


def test_the_preview_of_a_reassignment_changes_nothing(
    admin_page: Client, mapped: Mapped, tutor: Person
) -> None:
    mapping, other = mapped(), tutor("other@example.com")
    form = {"students": str(mapping.student_id), "tutor": other.pk, "preview": "1"}
    page = admin_page.post(REASSIGN, form).content.decode()
    assert "1 student gets the tutor other@example.com. Nothing has changed yet." in page
    assert selectors.tutors_of([mapping.student_id]).get(mapping.student_id) == mapping.tutor


def test_a_confirmed_reassignment_moves_counts_tells_and_is_logged(
    admin_page: Client, mapped: Mapped, tutor: Person, announced: Announced, does: Does
) -> None:
    ids = [mapped(f"s{n}@example.com").student_id for n in range(3)]
    other, before = tutor("other@example.com"), mappings_logged()
    announced.signals.clear()
    form = {"students": ",".join(map(str, ids)), "tutor": other.pk, "confirm": "1"}
    does(lambda: admin_page.post(REASSIGN, form))
    assert [one.pk for one in selectors.students_of(other.pk)] == ids
    assert (mappings_logged(), announced.signals) == (before + 3, [("mapping", ids)])
    assert LogEntry.objects.count() == 3


def test_students_without_a_tutor_are_assigned_from_the_list_of_people(
    admin_page: Client, student: Person, tutor: Person
) -> None:
    one, teacher = student(), tutor()
    chosen = {"action": "assign_a_tutor", "_selected_action": [one.pk, teacher.pk]}
    page = admin_page.post("/admin/roster/user/", chosen).content.decode()
    assert "1 of the chosen people is no student" in page
    both = f"{one.pk},{teacher.pk}"
    admin_page.post(REASSIGN, {"students": both, "tutor": teacher.pk, "confirm": "1"})
    assert selectors.tutors_of([one.pk]).get(one.pk) == teacher


def test_a_tutor_who_may_not_sign_in_is_offered_to_nobody(
    admin_page: Client, mapped: Mapped, tutor: Person
) -> None:
    mapping, gone = mapped(), tutor("gone@example.com", is_active=False)
    form = {"students": str(mapping.student_id), "tutor": gone.pk, "confirm": "1"}
    assert "tutor" in admin_page.post(REASSIGN, form).context["form"].errors
    asked = {"app_label": "roster", "model_name": "tutorstudent", "field_name": "tutor"}
    offered = admin_page.get("/admin/autocomplete/", asked).json()["results"]
    assert [one["id"] for one in offered] == [str(mapping.tutor_id)]


@pytest.mark.parametrize("students", ["", "1,x", "-1", "9" * 30])
def test_a_reassignment_of_nonsense_goes_back_to_the_list(
    admin_page: Client, tutor: Person, students: str
) -> None:
    answer = admin_page.post(REASSIGN, {"students": students, "tutor": tutor().pk, "confirm": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)


def test_a_student_cannot_become_the_new_tutor(admin_page: Client, mapped: Mapped) -> None:
    mapping = mapped()
    form = {"students": str(mapping.student_id), "tutor": mapping.student_id, "confirm": "1"}
    assert "tutor" in admin_page.post(REASSIGN, form).context["form"].errors
    assert selectors.tutors_of([mapping.student_id]).get(mapping.student_id) == mapping.tutor


@pytest.mark.parametrize("page", ["reassign/", "import/", "export/"])
def test_staff_without_the_permission_are_refused(client: Client, db: None, page: str) -> None:
    client.force_login(User.objects.create_user("clerk@example.com", "x", is_staff=True))
    assert client.post(LIST + page, {"students": "1"}).status_code == 403


def test_the_export_follows_the_filter(admin_page: Client, mapped: Mapped) -> None:
    mapped("one@example.com", "a@example.com")
    other = mapped("two@example.com", "b@example.com")
    answer = admin_page.get(f"{LIST}export/?tutor={other.tutor_id}")
    assert answer.headers["Content-Type"].startswith("text/csv")
    lines = answer.content.decode().splitlines()
    assert lines == ["student_email,tutor_email,group", "two@example.com,b@example.com,"]


def test_the_export_runs_no_formula(admin_page: Client, mapped: Mapped) -> None:
    mapped("=cmd@example.com", "+tutor@example.com")
    lines = admin_page.get(f"{LIST}export/").content.decode().splitlines()
    assert lines[1] == "'=cmd@example.com,'+tutor@example.com,"


def test_the_export_does_not_cost_a_query_per_row(
    admin_page: Client, mapped: Mapped, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        mapped(f"s{number}@example.com", f"tutor{number}@example.com")
    with django_assert_max_num_queries(6):
        admin_page.get(f"{LIST}export/")


def test_deleting_a_mapping_in_the_list_is_told(
    admin_page: Client, mapped: Mapped, announced: Announced, does: Does
) -> None:
    mapping = mapped()
    announced.signals.clear()
    form = {"action": "delete_selected", "_selected_action": [mapping.pk], "post": "yes"}
    does(lambda: admin_page.post(LIST, form))
    assert announced.signals == [("mapping", [mapping.student_id])]
    assert not TutorStudent.objects.exists()
