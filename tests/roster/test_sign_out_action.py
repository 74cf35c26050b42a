"""The admin's action that signs people out everywhere."""

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from speaktracker.roster.models import User
from tests.roster.conftest import Does, Person

LIST = "/admin/roster/user/"


def versions() -> dict[str, int]:
    return dict(User.objects.values_list("email", "credentials_version"))


def form_of(*people: User) -> dict[str, object]:
    return {"action": "sign_out_everywhere", "_selected_action": [one.pk for one in people]}


def test_the_chosen_people_are_signed_out_and_it_is_written_down(
    admin_page: Client, student: Person, does: Does
) -> None:
    one, other = student(), student("other@example.com")
    answer = admin_page.post(LIST, form_of(one), follow=True)
    assert "1 person was signed out everywhere." in answer.content.decode()
    assert versions() == {"staff@example.com": 0, one.email: 1, other.email: 0}
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (str(one.pk), "Signed out everywhere.")


def test_staff_who_may_only_look_are_not_offered_it(client: Client, student: Person) -> None:
    looker = User.objects.create_user("looker@example.com", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(looker)
    one = student()
    client.post(LIST, form_of(one))
    assert versions()[one.email] == 0


def test_staff_who_edit_people_do_not_sign_a_superuser_out(
    client: Client, staff: User, student: Person
) -> None:
    editor = User.objects.create_user("editor@example.com", is_staff=True)
    editor.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_user", "change_user"])
    )
    client.force_login(editor)
    one = student()
    client.post(LIST, form_of(one, staff))
    assert (versions()[one.email], versions()[staff.email]) == (1, 0)
