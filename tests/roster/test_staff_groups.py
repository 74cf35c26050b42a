"""The groups of staff: made once, kept as a school has them, and enough for what staff do."""

import pytest
from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count
from django.test import Client

from speaktracker.roster.models import User
from tests.roster.conftest import Mapped
from tests.roster.staff_groups import GROUPS, make_groups

pytestmark = pytest.mark.django_db


def rights_of(name: str) -> set[str]:
    """List what a group gives, as `app.codename`."""
    rights = Permission.objects.filter(group__name=name)
    return {
        f"{label}.{code}"
        for label, code in rights.values_list("content_type__app_label", "codename")
    }


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_holds_what_it_is_for(name: str) -> None:
    make_groups()
    assert rights_of(name) == set(GROUPS[name])


def test_what_a_school_has_made_of_a_group_stays() -> None:
    make_groups()
    Group.objects.get(name="School staff").permissions.clear()
    make_groups()
    assert rights_of("School staff") == set()


def test_a_group_of_that_name_from_before_stays_as_it_was() -> None:
    Group.objects.all().delete()
    Group.objects.create(name="Operator")
    make_groups()
    assert (rights_of("Operator"), Group.objects.count()) == (set(), 2)


def test_permissions_that_are_not_there_yet_are_made_as_django_makes_them() -> None:
    names = {p.codename: p.name for p in Permission.objects.all()}
    Group.objects.all().delete()
    ContentType.objects.all().delete()
    ContentType.objects.clear_cache()
    make_groups()
    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0)
    twice = (
        Permission.objects.values("content_type", "codename")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    assert (list(twice), {p.codename: p.name for p in Permission.objects.all()}) == ([], names)
    assert rights_of("School staff") == set(GROUPS["School staff"])


def member_of(name: str, client: Client) -> User:
    """Sign a member of a group in."""
    make_groups()
    member = User.objects.create_user("member@example.com", None, is_staff=True)
    member.groups.add(Group.objects.get(name=name))
    client.force_login(member)
    return member


def test_school_staff_delete_a_student_of_whomever(client: Client, mapped: Mapped) -> None:
    mapping = mapped()
    User.objects.filter(pk=mapping.tutor_id).update(is_superuser=True)
    member_of("School staff", client)
    client.post(f"/admin/roster/user/{mapping.student_id}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=mapping.student_id).exists()


def test_school_staff_may_look_at_feedback_and_close_connections(client: Client) -> None:
    member = member_of("School staff", client)
    assert client.get("/admin/feedback/feedback/").status_code == 200
    assert client.get("/admin/feedback/feedback/add/").status_code == 403
    assert member.has_perm("realtime.delete_connection")


def test_an_operator_sees_processes_and_the_mirror_and_nobody(client: Client) -> None:
    member_of("Operator", client)
    seen = ("realtime/serverlease", "persistence/change")
    unseen = ("roster/user", "roster/tutorstudent", "feedback/feedback", "realtime/connection")
    answers = {page: client.get(f"/admin/{page}/").status_code for page in (*seen, *unseen)}
    assert answers == {**dict.fromkeys(seen, 200), **dict.fromkeys(unseen, 403)}
