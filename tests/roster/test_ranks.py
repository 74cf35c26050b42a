"""Ranks: who can set whose password, flags, groups and mappings, by every way of the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.test import Client

from speaktracker.cognito.models import PoolAccount
from speaktracker.roster.models import TutorStudent, User
from tests.rights.tables import read
from tests.roster.conftest import Mapped, Person
from tests.roster.staff_groups import make_groups
from tests.roster.ways_to_change import (
    DELETIONS,
    EDITS,
    MAPPINGS,
    MAPS,
    PEOPLE,
    changed_by,
    changed_by_form,
    everything_else,
    form_of,
    preview_of_import,
    rights_that_differ,
)

SignIn = Callable[[str], User]
StaffOf = Callable[[str, str], User]
RIGHTS: dict[str, dict[str, Any]] = {
    "clerk": {"may": ["change_user"]},
    "deputy": {"may": ["change_user", "change_group"]},
    "school staff": {"group": "School staff"},
    "operator": {"group": "Operator"},
    "tutor": {},
    "director": {"is_superuser": True},
}
TABLE = read("ranks")
ACCOUNT = {"email", "type", "active", "staff"}


def may(kind: str, what: str, other: str) -> bool:
    """Tell what the table says."""
    return what in TABLE.cell(kind, other).split("+")


@pytest.fixture
def staff_of(tutor: Person) -> StaffOf:
    """Make a tutor with the rights of a kind of staff."""
    make_groups()

    def make(kind: str, address: str) -> User:
        rights = RIGHTS[kind]
        one = tutor(address, is_staff=True, is_superuser=rights.get("is_superuser", False))
        one.set_password("old")
        one.save()
        one.user_permissions.set(Permission.objects.filter(codename__in=rights.get("may", [])))
        one.groups.set(Group.objects.filter(name=rights.get("group")))
        return one

    return make


@pytest.fixture
def signed_in(client: Client, staff_of: StaffOf) -> SignIn:
    """Sign somebody of a kind of staff in."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"

    def sign_in(kind: str) -> User:
        editor = staff_of(kind, "editor@example.com")
        client.force_login(editor)
        return editor

    return sign_in


def every(model: type[Model]) -> list[int]:
    """List the ids of all rows there are."""
    return list(model._default_manager.values_list("pk", flat=True))


@pytest.mark.parametrize("kind", RIGHTS)
def test_an_account_is_edited_by_nobody_who_may_do_less(
    client: Client, signed_in: SignIn, staff_of: StaffOf, kind: str
) -> None:
    editor = signed_in(kind)
    for other in RIGHTS:
        person = staff_of(other, f"{other.replace(' ', '-')}@example.com")
        seen = changed_by(EDITS, client, person)
        assert seen == dict.fromkeys(seen, may(kind, "edit", other)), other
        seen = changed_by(DELETIONS, client, person)
        assert seen == dict.fromkeys(seen, may(kind, "delete", other)), other
        wanted = everything_else(editor, person)
        account = ACCOUNT | ({"superuser"} if kind == "director" else set())
        account |= rights_that_differ(person, wanted) if may(kind, "give", other) else set()
        expected = account if may(kind, "edit", other) else set()
        assert changed_by_form(client, person, **wanted) == expected, other


@pytest.mark.parametrize("kind", RIGHTS)
def test_a_class_is_changed_by_nobody_who_may_do_less(
    client: Client, signed_in: SignIn, staff_of: StaffOf, mapped: Mapped, kind: str
) -> None:
    signed_in(kind)
    mapped("free@example.com", "other@example.com").delete()
    for other in RIGHTS:
        person = staff_of(other, f"{other.replace(' ', '-')}@example.com")
        mapped(f"of-{person.email}", person.email)
        seen = changed_by(MAPS, client, person)
        assert seen == dict.fromkeys(seen, may(kind, "map", other)), other


@pytest.mark.parametrize("kind", [kind for kind in RIGHTS if kind != "director"])
def test_nobody_but_superusers_changes_what_they_may_do_themselves(
    client: Client, signed_in: SignIn, kind: str
) -> None:
    editor = signed_in(kind)
    wanted = everything_else(editor, editor) | {"user_permissions": every(Permission)}
    changed = changed_by_form(client, editor, **wanted)
    assert changed == ({"email"} if may(kind, "edit", kind) else set())


@pytest.mark.parametrize(
    ("gives", "sentence"),
    [
        ({"groups": "Operator"}, "You can give only what you have yourself"),
        ({"groups": "nobody's"}, "You can give only what you have yourself"),
        ({"user_permissions": "view_feedback"}, "You can give only what you have yourself"),
    ],
)
def test_nobody_gives_what_they_have_not(
    client: Client, signed_in: SignIn, tutor: Person, gives: dict[str, str], sentence: str
) -> None:
    signed_in("deputy")
    Group.objects.create(name="nobody's")
    one, (field, what) = tutor(is_staff=True), *gives.items()
    rows = {"groups": Group.objects, "user_permissions": Permission.objects}[field]
    found = rows.get(**{"name" if field == "groups" else "codename": what})
    answer = client.post(f"{PEOPLE}{one.pk}/change/", form_of(one, **{field: [found.pk]}))
    assert sentence in answer.content.decode()
    assert (one.groups.count(), one.user_permissions.count()) == (0, 0)


@pytest.mark.parametrize("kind", ["clerk", "school staff"])
def test_who_may_give_none_sends_rights_in_vain(
    client: Client, signed_in: SignIn, tutor: Person, kind: str
) -> None:
    signed_in(kind)
    one = tutor(is_staff=True)
    changed = changed_by_form(
        client, one, user_permissions=every(Permission), groups=every(Group), is_superuser="on"
    )
    assert changed == set()


GROUP = "/admin/auth/group/"


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        (("deputy", "lower", "change_user"), 302),
        (("deputy", "lower", "view_feedback"), "You can give only what you have yourself"),
        (("deputy", "own", "change_user"), 403),
        (("deputy", "Operator", "change_user"), 403),
        (("deputy", "with the director", "change_user"), 403),
        (("school staff", "lower", "change_user"), 403),
        (("director", "own", "view_feedback"), 302),
    ],
)
def test_no_group_is_widened_by_what_its_editor_has_not(
    client: Client,
    signed_in: SignIn,
    staff_of: StaffOf,
    case: tuple[str, str, str],
    answer: int | str,
) -> None:
    kind, group, gives = case
    editor, director = signed_in(kind), staff_of("director", "director@example.com")
    for name, member in (("lower", None), ("own", editor), ("with the director", director)):
        Group.objects.create(name=name).user_set.set([member] if member else [])
    one, right = Group.objects.get(name=group), Permission.objects.get(codename=gives)
    before = set(one.permissions.all())
    page = client.post(f"{GROUP}{one.pk}/change/", {"name": group, "permissions": [right.pk]})
    said = page.status_code if isinstance(answer, int) else page.content.decode()
    assert said == answer if isinstance(answer, int) else answer in str(said)
    assert set(one.permissions.all()) == ({right} if answer == 302 else before)
    deleted = {"action": "delete_selected", "_selected_action": [one.pk], "post": "yes"}
    client.post(GROUP, deleted)
    client.post(f"{GROUP}{one.pk}/delete/", {"post": "yes"})
    assert Group.objects.filter(pk=one.pk).exists() == (kind != "director")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This person may do what you may not"),
        ("ko", "이 사람은 내가 할 수 없는 일을 할 수 있"),
    ],
)
def test_a_refusal_says_why_and_whom_to_ask(
    client: Client, signed_in: SignIn, staff_of: StaffOf, language: str, sentence: str
) -> None:
    signed_in("school staff")
    director = staff_of("director", "director@example.com")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    shown = client.get(f"{PEOPLE}{director.pk}/change/")
    assert (shown.status_code, sentence in shown.content.decode()) == (200, True)
    assert "../password/" not in shown.content.decode()
    for page in ("password", "delete", "change"):
        answer = client.post(f"{PEOPLE}{director.pk}/{page}/")
        assert (answer.status_code, sentence in answer.content.decode()) == (403, True)


def test_an_action_says_how_many_it_left_out(
    client: Client, signed_in: SignIn, staff_of: StaffOf, tutor: Person
) -> None:
    signed_in("clerk")
    chosen = [tutor().pk, staff_of("director", "director@example.com").pk]
    form = {"action": "deactivate", "_selected_action": chosen}
    page = client.post(PEOPLE, form, follow=True).content.decode()
    assert "1 person was changed." in page
    assert "1 of the chosen people may do what you may not, and was left out." in page


def test_the_bulk_page_and_a_file_say_who_is_left_out(
    client: Client, signed_in: SignIn, staff_of: StaffOf, mapped: Mapped
) -> None:
    signed_in("school staff")
    staff_of("director", "director@example.com")
    theirs = mapped("theirs@example.com", "director@example.com")
    other = mapped("other@example.com", "tutor@example.com").tutor
    form = {"students": str(theirs.student_id), "tutor": other.pk, "preview": "1"}
    page = client.post(f"{MAPPINGS}reassign/", form).content.decode()
    assert "1 of the chosen students is left out: this student, or the tutor now" in page
    page = preview_of_import(client, theirs.student_id, other.email)
    assert "This person may do what you may not" in page


def test_a_student_who_is_above_is_not_taken_out_of_a_class_on_the_tutor_s_page(
    client: Client, signed_in: SignIn, mapped: Mapped
) -> None:
    signed_in("school staff")
    mapping = mapped()
    User.objects.filter(pk=mapping.student_id).update(is_superuser=True)
    gone = {"mappings-0-id": mapping.pk, "mappings-0-tutor": mapping.tutor_id}
    form = form_of(mapping.tutor, **gone, **{"mappings-0-DELETE": "on"})
    form |= {"mappings-TOTAL_FORMS": "1", "mappings-INITIAL_FORMS": "1"}
    page = client.post(f"{PEOPLE}{mapping.tutor_id}/change/", form)
    assert "This person may do what you may not" in page.content.decode()
    assert TutorStudent.objects.filter(pk=mapping.pk).exists()


def test_a_pool_s_account_of_somebody_above_is_not_unlinked(
    client: Client, signed_in: SignIn, staff_of: StaffOf, tutor: Person
) -> None:
    signed_in("school staff")
    for number, person in enumerate((staff_of("director", "director@example.com"), tutor())):
        account = PoolAccount.objects.create(user=person, issuer="https://pool", sub=str(number))
        client.post(f"/admin/cognito/poolaccount/{account.pk}/delete/", {"post": "yes"})
        assert PoolAccount.objects.filter(pk=account.pk).exists() == person.is_superuser


def test_a_history_tells_nobody_without_rights_whether_a_row_is_there(
    client: Client, signed_in: SignIn
) -> None:
    signed_in("tutor")
    kinds = [model._meta for model in admin.site._registry]
    pages = [f"/admin/{kind.app_label}/{kind.model_name}/0/history/" for kind in kinds]
    assert {client.get(page).status_code for page in pages} == {403}
