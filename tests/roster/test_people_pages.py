"""The admin pages of people, through the real URLs."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from speaktracker.roster import references
from speaktracker.roster.models import TutorStudent, User
from tests.roster.conftest import Announced, Does, Mapped, Person

LIST = "/admin/roster/user/"
NEW = {"email": "New@Example.com", "name": "정하은", "user_type": "student"}
PASSWORD = {"usable_password": "true", "password1": "g00d-passw0rd", "password2": "g00d-passw0rd"}


def page_of(person: User) -> str:
    return f"{LIST}{person.pk}/change/"


def fields_of(client: Client, person: User) -> set[str]:
    form = client.get(page_of(person)).context["adminform"].form
    return set(form.fields)


def test_a_person_is_added_with_a_password_twice(admin_page: Client) -> None:
    answer = admin_page.post(f"{LIST}add/", {**NEW, **PASSWORD})
    added = User.objects.get(email="new@example.com")
    assert answer.status_code == 302
    assert (added.user_type, added.check_password("g00d-passw0rd")) == ("student", True)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email": "Student@Example.com"}, "Somebody has this address already."),
        ({"email": "a#b@example.com"}, "An address must not contain #."),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"password2": "another-passw0rd"}, "The two password fields didn’t match."),
        ({"user_type": "parrot"}, "Select a valid choice."),
    ],
)
def test_a_wrong_new_person_is_refused_in_words(
    admin_page: Client, student: Person, wrong: dict[str, str], sentence: str
) -> None:
    student()
    answer = admin_page.post(f"{LIST}add/", {**NEW, **PASSWORD, **wrong})
    assert answer.status_code == 200
    assert sentence in answer.content.decode()


def test_the_password_has_its_own_page(admin_page: Client, student: Person) -> None:
    one = student()
    assert 'href="../password/"' in admin_page.get(page_of(one)).content.decode()
    answer = admin_page.post(f"{LIST}{one.pk}/password/", PASSWORD)
    one.refresh_from_db()
    assert (answer.status_code, one.check_password("g00d-passw0rd")) == (302, True)


def test_people_are_found_by_address_name_type_and_tutor(
    admin_page: Client, mapped: Mapped, student: Person
) -> None:
    mapping = mapped("one@example.com")
    student("free@example.com", name="최지우")

    def found(query: str) -> list[str]:
        return [person.email for person in admin_page.get(LIST + query).context["cl"].result_list]

    assert found("?q=최지우") == ["free@example.com"]
    assert found("?user_type__exact=tutor") == ["tutor@example.com"]
    assert found(f"?tutor={mapping.tutor_id}") == ["one@example.com"]
    assert found("?tutor=none") == ["free@example.com"]
    User.objects.filter(pk=mapping.tutor_id).update(is_active=False)
    assert found("?tutor=none") == ["free@example.com", "one@example.com"]
    assert len(found("?tutor=nonsense")) == 4


def test_what_stands_inside_an_address_or_a_name_is_found(
    admin_page: Client, student: Person
) -> None:
    kim = student("kim.sol@school.kr", name="김민지 이솔 %_")
    park = student("park@school.org", name="박민지 지민")
    both = dict.fromkeys(("민지", "지", "hool"), (kim, park))
    hers = dict.fromkeys(("솔", "IM.S", "l@school.k", "%_", "%"), (kim,))
    # Each two letters of the first stand somewhere in a name, and nowhere all three.
    nobodys = dict.fromkeys(("민지민", "\\", "zq"), tuple[User, ...]())
    expected = both | hers | nobodys | {"지 지": (park,)}
    pages = {text: admin_page.get(LIST, {"q": text}).context["cl"] for text in expected}
    assert {text: tuple(page.result_list) for text, page in pages.items()} == expected


def test_the_list_shows_tutors_and_numbers_without_a_query_each(
    admin_page: Client, mapped: Mapped, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        mapped(f"s{number}@example.com", f"tutor{number % 4}@example.com")
    with django_assert_max_num_queries(9):
        page = admin_page.get(LIST).content.decode()
    assert '<td class="field-student_count">5</td>' in page


def test_a_mapped_person_keeps_the_type_on_the_page(admin_page: Client, mapped: Mapped) -> None:
    one = mapped().student
    assert "user_type" not in fields_of(admin_page, one)
    assert "email" in fields_of(admin_page, one)


def test_a_person_with_records_keeps_the_address_too(
    admin_page: Client, student: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = student()
    assert {"email", "user_type"} <= fields_of(admin_page, one)
    monkeypatch.setattr(references, "_checks", [lambda user_id: user_id == one.pk])
    assert not {"email", "user_type"} & fields_of(admin_page, one)
    assert (
        "Records refer to this person: the address and"
        in admin_page.get(page_of(one)).content.decode()
    )


def inline(prefix: str, total: int, initial: int) -> dict[str, str]:
    return {f"{prefix}-TOTAL_FORMS": str(total), f"{prefix}-INITIAL_FORMS": str(initial)}


def test_a_tutor_s_page_takes_students_in_and_away(
    admin_page: Client, mapped: Mapped, student: Person, announced: Announced, does: Does
) -> None:
    mapping, other = mapped(), student("other@example.com")
    announced.signals.clear()
    form = {
        "email": mapping.tutor.email,
        "name": "",
        "is_active": "on",
        **inline("mappings", 1, 1),
        "mappings-0-id": str(mapping.pk),
        "mappings-0-tutor": str(mapping.tutor_id),
        "mappings-0-DELETE": "on",
        **inline("mappings-2", 1, 0),
        "mappings-2-0-student": str(other.pk),
        "mappings-2-0-tutor": str(mapping.tutor_id),
    }
    does(lambda: admin_page.post(page_of(mapping.tutor), form))
    assert [m.student for m in mapping.tutor.mappings.all()] == [other]
    assert announced.signals == [("mapping", sorted([mapping.student_id, other.pk]))]


def test_a_tutor_s_page_does_not_cost_a_query_per_student(
    admin_page: Client, mapped: Mapped
) -> None:
    teacher = mapped("s0@example.com").tutor
    with CaptureQueriesContext(connection) as of_one:
        admin_page.get(page_of(teacher))
    for number in range(1, 30):
        mapped(f"s{number}@example.com")
    with CaptureQueriesContext(connection) as of_thirty:
        assert "s29@example.com" in admin_page.get(page_of(teacher)).content.decode()
    # The first page of a process also looks up what later ones remember.
    assert len(of_thirty) <= len(of_one)


def test_a_long_list_of_students_is_linked_instead(
    admin_page: Client, mapped: Mapped, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = mapped("s0@example.com").tutor
    mapped("s1@example.com")
    mapped("s2@example.com")
    monkeypatch.setattr("speaktracker.roster.admin.inlines.MOST_ROWS", 2)
    page = admin_page.get(page_of(teacher)).content.decode()
    assert "s1@example.com" not in page
    assert f'<a href="/admin/roster/tutorstudent/?tutor={teacher.pk}">3 students</a>' in page


def test_a_student_s_page_has_no_list_of_students(admin_page: Client, student: Person) -> None:
    assert admin_page.get(page_of(student())).context["inline_admin_formsets"] == []


def test_deleting_a_person_asks_and_names_the_mapping(admin_page: Client, mapped: Mapped) -> None:
    mapping = mapped()
    url = f"{LIST}{mapping.student_id}/delete/"
    assert "tutor@example.com → student@example.com" in admin_page.get(url).content.decode()
    admin_page.post(url, {"post": "yes"})
    assert not User.objects.filter(pk=mapping.student_id).exists()
    assert not TutorStudent.objects.exists()


def test_the_chosen_people_are_deactivated_but_not_oneself(
    admin_page: Client, staff: User, student: Person, announced: Announced, does: Does
) -> None:
    one = student()
    form = {"action": "deactivate", "_selected_action": [one.pk, staff.pk]}
    does(lambda: admin_page.post(LIST, form))
    assert list(User.objects.filter(is_active=False)) == [one]
    assert announced.signals == [("people", [one.pk])]


@pytest.fixture
def clerk(client: Client, db: None) -> Client:
    """A page of staff who may edit people but are no superusers."""
    person = User.objects.create_user("clerk@example.com", "x", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__endswith="_user"))
    client.force_login(person)
    return client


def test_staff_cannot_make_themselves_superusers(clerk: Client) -> None:
    person = User.objects.get(email="clerk@example.com")
    form = {"email": person.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    clerk.post(page_of(person), form)
    person.refresh_from_db()
    assert person.is_superuser is False


@pytest.mark.parametrize("page", ["password", "delete"])
def test_staff_cannot_touch_a_superuser(staff: User, clerk: Client, page: str) -> None:
    assert clerk.post(f"{LIST}{staff.pk}/{page}/", PASSWORD).status_code == 403
    clerk.post(LIST, {"action": "deactivate", "_selected_action": [staff.pk]})
    assert User.objects.get(pk=staff.pk).is_active


def test_deleting_people_does_not_cost_a_query_per_mapping(
    admin_page: Client, mapped: Mapped, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        mapping = mapped(f"s{number}@example.com", f"tutor{number % 2}@example.com")
    with django_assert_max_num_queries(34):
        page = admin_page.get(f"{LIST}{mapping.tutor_id}/delete/").content.decode()
    assert "tutor1@example.com → s1@example.com" in page
    students = list(User.objects.filter(user_type="student").values_list("pk", flat=True))
    with django_assert_max_num_queries(34):
        chosen = {"action": "delete_selected", "_selected_action": students}
        page = admin_page.post(LIST, chosen).content.decode()
    assert "tutor0@example.com → s28@example.com" in page
