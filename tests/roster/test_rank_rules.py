"""The rule of ranks against a plain one, for whatever staff, groups and rights there are."""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group, Permission
from django.db.models import QuerySet
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speaktracker.roster.models import User
from speaktracker.roster.permissions import groups_above, may_edit, people_above
from tests.roster.ways_to_change import PEOPLE, form_of, password, sets_password, undone

pytestmark = pytest.mark.django_db
EDIT, GIVE, *OTHERS = "change_user", "change_group", "delete_user", "view_feedback"
RIGHTS = frozenset({EDIT, GIVE, *OTHERS})
some_rights = st.frozensets(st.sampled_from(sorted(RIGHTS)))
some_groups = st.frozensets(st.sampled_from("ab"))


@dataclass(frozen=True)
class Plain:
    """A member of staff."""

    rights: frozenset[str]
    groups: frozenset[str]
    is_superuser: bool


@dataclass(frozen=True)
class School:
    """Staff, and what each group gives."""

    staff: tuple[Plain, ...]
    groups: dict[str, frozenset[str]]

    def held(self, one: Plain) -> frozenset[str]:
        return RIGHTS if one.is_superuser else one.rights.union(*map(self.groups.get, one.groups))  # type: ignore[arg-type]

    def is_above(self, one: Plain, editor: Plain) -> bool:
        more = self.held(one) - self.held(editor)
        return not editor.is_superuser and (one.is_superuser or bool(more))

    def may_edit(self, editor: Plain, one: Plain) -> bool:
        return EDIT in self.held(editor) and not self.is_above(one, editor)

    def group_is_above(self, name: str, editor: Plain) -> bool:
        members = [one for one in self.staff if name in one.groups]
        more = self.groups[name] - self.held(editor) or name in editor.groups
        anybody = any(self.is_above(one, editor) for one in members)
        return not editor.is_superuser and (bool(more) or anybody)

    def may_give(self, editor: Plain, one: Plain, wanted: Plain) -> bool:
        """Tell whether `editor` may make `one` have the groups and rights of `wanted`."""
        if editor.is_superuser or not self.may_edit(editor, one):
            return editor.is_superuser
        own = wanted.groups - one.groups <= editor.groups
        return own and {EDIT, GIVE} <= self.held(editor) >= wanted.rights - one.rights

    def make(self) -> list[User]:
        """Make the staff and the groups."""
        for name, rights in self.groups.items():
            Group.objects.create(name=name).permissions.set(permissions(rights))
        made = []
        for number, one in enumerate(self.staff):
            user = User.objects.create_user(
                f"{number}@example.com", "old", is_staff=True, is_superuser=one.is_superuser
            )
            user.user_permissions.set(permissions(one.rights))
            user.groups.set(Group.objects.filter(name__in=one.groups))
            made.append(user)
        return made


def permissions(codenames: frozenset[str]) -> QuerySet[Permission]:
    return Permission.objects.filter(codename__in=codenames)


one_of_staff = st.builds(Plain, some_rights, some_groups, st.sampled_from([False, False, True]))
schools = st.builds(
    School,
    st.tuples(one_of_staff, one_of_staff, one_of_staff),
    st.fixed_dictionaries({"a": some_rights, "b": some_rights}),
)
thoroughly = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@given(schools)
@settings(thoroughly, max_examples=25)
def test_who_is_above_whom(client: Client, school: School) -> None:
    with undone(client):
        made = school.make()
        for editor, user in zip(school.staff, made, strict=True):
            pairs = list(zip(school.staff, made, strict=True))
            above = {other for one, other in pairs if school.is_above(one, editor)}
            groups = {name for name in school.groups if school.group_is_above(name, editor)}
            assert set(people_above(user)) == above
            ours = groups_above(user).filter(name__in=school.groups)
            assert {group.name for group in ours} == groups
            assert [may_edit(user, other) for other in made] == [
                school.may_edit(editor, one) for one in school.staff
            ]


@given(schools, one_of_staff, some_rights)
@settings(thoroughly, max_examples=20)
def test_the_admin_keeps_to_it(
    client: Client, school: School, wanted: Plain, widened: frozenset[str]
) -> None:
    (editor, one, _), edited = school.staff, 1
    with undone(client):
        made = school.make()
        client.force_login(made[0])
        group = Group.objects.get(name="a")
        form = {"name": "a", "permissions": [right.pk for right in permissions(widened)]}
        with undone(client):
            client.post(f"/admin/auth/group/{group.pk}/change/", form)
            may = GIVE in school.held(editor) and not school.group_is_above("a", editor)
            may = may and widened <= school.held(editor)
            expected = widened if may else school.groups["a"]
            assert set(group.permissions.values_list("codename", flat=True)) == expected
        before = password(made[edited])
        with undone(client):
            sets_password(client, made[edited])
            assert (password(made[edited]) != before) == school.may_edit(editor, one)
        rights = [right.pk for right in permissions(wanted.rights)]
        groups = [row.pk for row in Group.objects.filter(name__in=wanted.groups)]
        form = form_of(made[edited], user_permissions=rights, groups=groups)
        client.post(f"{PEOPLE}{made[edited].pk}/change/", form)
        after = wanted if school.may_give(editor, one, wanted) else one
        given = made[edited].user_permissions.values_list("codename", flat=True)
        assert set(given) == after.rights
        assert set(made[edited].groups.values_list("name", flat=True)) == after.groups
