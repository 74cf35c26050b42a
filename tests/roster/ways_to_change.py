"""Every way of the admin to change a person, tried and undone: what came of it, and the answer."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from speaktracker.passwords.models import FirstCode
from speaktracker.roster.models import TutorStudent, User

PEOPLE, MAPPINGS = "/admin/roster/user/", "/admin/roster/tutorstudent/"
NEW = "g00d-passw0rd"
Fact = Callable[[User], object]
Way = Callable[[Client, User], Any]


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """Take back what is written meanwhile; who is signed in stays so."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies.load(cookies)  # the key of a session changes when a password is set


def inline(prefix: str) -> dict[str, str]:
    return {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}


def form_of(person: User, **changes: Any) -> dict[str, Any]:
    """Fill the form of a person's page in as it stands, but for `changes`."""
    flags = ("is_active", "is_staff", "is_superuser")
    form = {"email": person.email, "name": person.name, "user_type": person.user_type or ""}
    form |= {name: "on" for name in flags if getattr(person, name)}
    form["groups"] = list(person.groups.values_list("pk", flat=True))
    form["user_permissions"] = list(person.user_permissions.values_list("pk", flat=True))
    form = {**form, **inline("mappings"), **inline("mappings-2"), **changes}
    return {name: value for name, value in form.items() if value is not None}


def rights(person: User) -> dict[str, object]:
    """Read what an account is and may do."""
    now = User.objects.get(pk=person.pk)
    return {
        "email": now.email,
        "type": now.user_type,
        "active": now.is_active,
        "staff": now.is_staff,
        "superuser": now.is_superuser,
        "groups": set(now.groups.values_list("name", flat=True)),
        "permissions": set(now.user_permissions.values_list("codename", flat=True)),
    }


def changed_by_form(client: Client, person: User, **changes: Any) -> set[str]:
    """Send a person's page with `changes`; name what of the account is another then."""
    before = rights(person)
    with undone(client):
        client.post(f"{PEOPLE}{person.pk}/change/", form_of(person, **changes))
        after = rights(person)
    return {name for name in before if before[name] != after[name]}


def everything_else(editor: User, person: User) -> dict[str, Any]:
    """Make changes of all there is on a person's page, giving what the editor has."""
    return {
        "email": f"new-{person.email}",
        "user_type": "student",
        "is_active": None,
        "is_staff": None,
        "is_superuser": None if person.is_superuser else "on",
        "groups": list(editor.groups.values_list("pk", flat=True)),
        "user_permissions": [
            permission.pk
            for permission in Permission.objects.select_related("content_type")
            if editor.has_perm(f"{permission.content_type.app_label}.{permission.codename}")
        ][:1],
    }


def rights_that_differ(person: User, wanted: dict[str, Any]) -> set[str]:
    """Name which of the rights that are wanted for a person are others than now."""
    now = {"groups": person.groups, "user_permissions": person.user_permissions}
    words = {"groups": "groups", "user_permissions": "permissions"}
    return {
        words[name]
        for name, rows in now.items()
        if set(wanted[name]) != set(rows.values_list("pk", flat=True))
    }


def password(person: User) -> object:
    return User.objects.get(pk=person.pk).password


def is_there(person: User) -> object:
    return User.objects.filter(pk=person.pk).exists()


def is_active(person: User) -> object:
    return User.objects.filter(pk=person.pk, is_active=True).exists()


def version(person: User) -> object:
    return User.objects.get(pk=person.pk).credentials_version


def codes(person: User) -> object:
    return FirstCode.objects.filter(person=person).values_list("digest").first()


def class_of(tutor: User) -> object:
    return set(TutorStudent.objects.filter(tutor=tutor).values_list("student", flat=True))


def sets_password(client: Client, person: User) -> Any:
    new = {"usable_password": "true", "password1": NEW, "password2": NEW}
    return client.post(f"{PEOPLE}{person.pk}/password/", new)


def takes_password(client: Client, person: User) -> Any:
    new = {"usable_password": "false", "unset-password": "1"}
    return client.post(f"{PEOPLE}{person.pk}/password/", new)


def deletes(client: Client, person: User) -> Any:
    return client.post(f"{PEOPLE}{person.pk}/delete/", {"post": "yes"})


def action(name: str) -> Way:
    """Choose a person in the list and an action, confirmed at once."""

    def run(client: Client, person: User) -> Any:
        form = {"action": name, "_selected_action": [person.pk], "post": "yes", "confirmed": "1"}
        return client.post(PEOPLE, form)

    run.__name__ = name
    return run


def pupils(tutor: User) -> tuple[int, int]:
    """Return a student of `tutor`, and one of nobody."""
    theirs = TutorStudent.objects.filter(tutor=tutor).values_list("student", flat=True)[0]
    return theirs, User.objects.get(email="free@example.com").pk


def maps_by_form(client: Client, tutor: User) -> Any:
    return client.post(f"{MAPPINGS}add/", {"student": pupils(tutor)[1], "tutor": tutor.pk})


def unmaps_by_form(client: Client, tutor: User) -> Any:
    mapping = TutorStudent.objects.get(student=pupils(tutor)[0])
    return client.post(f"{MAPPINGS}{mapping.pk}/delete/", {"post": "yes"})


def unmaps_by_action(client: Client, tutor: User) -> Any:
    chosen = [TutorStudent.objects.get(student=pupils(tutor)[0]).pk]
    form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    return client.post(MAPPINGS, form)


def moves_away_by_form(client: Client, tutor: User) -> Any:
    mapping = TutorStudent.objects.get(student=pupils(tutor)[0])
    other = User.objects.get(email="other@example.com")
    return client.post(f"{MAPPINGS}{mapping.pk}/change/", {"tutor": other.pk})


def gives_by_url(client: Client, tutor: User) -> Any:
    form = {"students": str(pupils(tutor)[1]), "tutor": tutor.pk, "confirm": "1"}
    return client.post(f"{MAPPINGS}reassign/", form)


def takes_by_url(client: Client, tutor: User) -> Any:
    other = User.objects.get(email="other@example.com")
    form = {"students": str(pupils(tutor)[0]), "tutor": other.pk, "confirm": "1"}
    return client.post(f"{MAPPINGS}reassign/", form)


def preview_of_import(client: Client, student: int, tutor: str) -> str:
    """Show what a file with one row would change."""
    rows = f"student_email,tutor_email\n{User.objects.get(pk=student).email},{tutor}\n"
    file = SimpleUploadedFile("roster.csv", rows.encode())
    return client.post(f"{MAPPINGS}import/", {"file": file}).content.decode()


def imports(client: Client, student: int, tutor: str) -> Any:
    page = preview_of_import(client, student, tutor)
    if not (shown := re.search(r'name="shown" value="([^"]+)"', page)):
        return page
    return client.post(f"{MAPPINGS}import/", {"shown": shown[1], "leave_out": "on"})


def gives_by_import(client: Client, tutor: User) -> Any:
    return imports(client, pupils(tutor)[1], tutor.email)


def takes_by_import(client: Client, tutor: User) -> Any:
    return imports(client, pupils(tutor)[0], "other@example.com")


# Each way, and the fact of a person that it changes.
EDITS: dict[Way, Fact] = {
    sets_password: password,
    takes_password: password,
    action("deactivate"): is_active,
    action("sign_out_everywhere"): version,
    action("print_codes"): codes,
}
DELETIONS: dict[Way, Fact] = {
    deletes: is_there,
    action("delete_selected"): is_there,
}
MAPS: dict[Way, Fact] = dict.fromkeys(
    (
        *(maps_by_form, unmaps_by_form, unmaps_by_action, moves_away_by_form),
        *(gives_by_url, takes_by_url, gives_by_import, takes_by_import),
    ),
    class_of,
)


def changed_by(ways: dict[Way, Fact], client: Client, person: User) -> dict[str, bool]:
    """Tell of each way whether it changes its fact; nothing of it stays."""
    seen = {}
    for way, fact in ways.items():
        before = fact(person)
        with undone(client):
            way(client, person)
            seen[way.__name__] = fact(person) != before
    return seen
