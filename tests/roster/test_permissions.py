"""Nobody reaches rights that are not theirs through another's account."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission

from speaktracker.roster.models import User
from speaktracker.roster.permissions import may_edit

Make = Callable[[str], User]
# From few rights to many; the rights of each are in braces.
PEOPLE = {
    "student": set(),
    "assistant": {"view_user"},
    "clerk": {"view_user", "change_user", "delete_user"},
    "in_group": {"view_user", "change_user", "delete_user"},
    "registrar": {"view_user", "change_user", "delete_user", "change_tutorstudent"},
    "director": {"*"},
}
MAY = {
    "clerk": {"student", "assistant", "clerk", "in_group"},
    "in_group": {"student", "assistant", "clerk", "in_group"},
    "registrar": {"student", "assistant", "clerk", "in_group", "registrar"},
    "director": set(PEOPLE),
}


@pytest.fixture
def make(db: None) -> Make:
    """Make somebody of PEOPLE with a password, once."""

    def one(who: str) -> User:
        address = f"{who.strip('-')}@example.com"
        if found := User.objects.filter(email=address).first():
            return found
        rights = PEOPLE[who]
        made = User.objects.create_user(
            address, "old", is_staff=bool(rights), is_superuser="*" in rights
        )
        wanted = Permission.objects.filter(codename__in=rights)
        if who == "in_group":
            group = Group.objects.create(name="office")
            group.permissions.set(wanted)
            made.groups.add(group)
        else:
            made.user_permissions.set(wanted)
        return made

    return one


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("editor", PEOPLE)
def test_who_may_edit_whom(make: Make, editor: str, person: str) -> None:
    assert may_edit(make(editor), make(person)) == (person in MAY.get(editor, set()))


@pytest.mark.parametrize("person", ["registrar", "director"])
def test_rights_count_while_their_owner_is_inactive(make: Make, person: str) -> None:
    User.objects.filter(pk=make(person).pk).update(is_active=False)
    assert not may_edit(make("clerk"), make(person))


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_an_editor_must_be_active_staff(make: Make, change: dict[str, bool]) -> None:
    for editor in ("clerk", "director"):
        User.objects.filter(pk=make(editor).pk).update(**change)
        assert not may_edit(make(editor), make("student"))
