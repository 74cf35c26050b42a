"""The end of the year: told beforehand, undone within its time, erased afterwards."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client

from speaktracker.clock import now
from speaktracker.roster import selectors, services
from speaktracker.roster.models import ArchivedStudent, TutorStudent, User, YearEnd
from speaktracker.roster.year_end import services as year_end_services
from tests.roster.conftest import Announced, Does, Import, Mapped, Person, everybody

END = "/admin/roster/yearend/add/"


@pytest.fixture
def school(mapped: Mapped, does: Does) -> dict[str, User]:
    """Two students of Kim's 3A, one of Lee, and one who is switched off already."""
    for name, tutor in (("a", "kim"), ("b", "kim"), ("c", "lee"), ("off", "lee")):
        mapped(f"{name}@example.com", f"{tutor}@example.com")
    people = {user.email.partition("@")[0]: user for user in User.objects.all()}
    does(lambda: TutorStudent.objects.filter(tutor=people["kim"]).update(group="3A"))
    does(lambda: User.objects.filter(email="off@example.com").update(is_active=False))
    return people


def ends(client: Client, **choice: Any) -> Any:
    """Look at the preview and confirm it."""
    form = {"deletes": "1", **choice}
    shown = client.post(END, {**form, "preview": "1"}).context["shown"]
    return client.post(END, {**form, "shown": shown, "confirm": "1"})


def active() -> set[str]:
    students = User.objects.filter(user_type="student", is_active=True)
    return {email.partition("@")[0] for email in students.values_list("email", flat=True)}


def time_passes(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """Let the clock of the end of the year go on, and do what is due then."""
    later = now() + timedelta(days=days)
    for module in ("services", "models"):
        monkeypatch.setattr(f"speaktracker.roster.year_end.{module}.now", lambda: later)
    while year_end_services.finish_due():
        pass


@pytest.mark.parametrize("tutor", ["x", "9" * 30, "-1"])
def test_a_tutor_who_is_none_is_said(admin_page: Client, tutor: str) -> None:
    assert admin_page.get(END, {"tutor": tutor}).status_code == 200
    page = admin_page.post(END, {"tutor": tutor, "deletes": "1"}).content.decode()
    assert "Select a valid choice." in page


def test_the_preview_says_who_what_and_when_and_changes_nothing(
    admin_page: Client, school: dict[str, User]
) -> None:
    page = admin_page.post(END, {"group": "3A", "deletes": "1"}).content.decode()
    for text in ("The year of 2 students ends. Nothing has happened yet.", "a@example.com"):
        assert text in page
    assert "the accounts are deleted for good" in page
    kept = admin_page.post(END, {"everybody": "on", "deletes": "0"}).content.decode()
    assert "The year of 4 students ends." in kept
    assert "the accounts stay, switched off" in kept
    assert (active(), YearEnd.objects.count()) == ({"a", "b", "c"}, 0)


def test_a_group_is_switched_off_and_leaves_its_tutor(
    admin_page: Client, school: dict[str, User], announced: Announced, does: Does
) -> None:
    announced.signals.clear()
    does(lambda: ends(admin_page, group="3A"))
    assert active() == {"c"}
    assert not selectors.students_of(school["kim"].pk)
    assert {name for name, _ids in announced.signals} == {"people", "mapping"}
    assert len(announced.signals) == 2
    assert ArchivedStudent.objects.count() == 2


def test_it_is_undone_with_tutors_and_groups(admin_page: Client, school: dict[str, User]) -> None:
    answer = ends(admin_page, everybody="on")
    assert active() == set()
    page = admin_page.get(answer.headers["Location"]).content.decode()
    assert "Undo the end of the year" in page
    undo = answer.headers["Location"].replace("change", "undo")
    page = admin_page.post(undo, follow=True).content.decode()
    assert "Undone: 3 students may sign in again, 4 have their tutor again, 0 have no" in page
    assert active() == {"a", "b", "c"}
    assert everybody()["a@example.com"][-2:] == ["kim@example.com", "3A"]
    assert "can be undone no more" in admin_page.post(undo, follow=True).content.decode()


def test_undo_leaves_a_new_tutor_and_a_tutor_who_is_gone(school: dict[str, User]) -> None:
    ids = [school[name].pk for name in ("a", "b", "c")]
    made = year_end_services.end_year(ids, year_end_services.Ending())
    services.assign_many({school["c"].pk: school["kim"].pk})
    school["kim"].mappings.filter(student=school["a"]).delete()
    TutorStudent.objects.filter(student=school["c"]).update(group="new")
    User.objects.get(pk=school["lee"].pk).delete()
    back = year_end_services.undo_year_end(made.pk)
    assert (back.active, back.mapped, back.without_tutor) == (3, 2, 0)
    assert everybody()["c@example.com"][-2:] == ["kim@example.com", "new"]


def test_after_a_week_they_are_erased_and_who_came_back_stays(
    school: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [school[name].pk for name in ("a", "b", "c", "off")]
    made = year_end_services.end_year(ids, year_end_services.Ending())
    time_passes(monkeypatch, 6.9)
    assert User.objects.filter(pk__in=ids).count() == 4
    User.objects.filter(pk=school["a"].pk).update(is_active=True)
    services.assign_many({school["b"].pk: school["lee"].pk})
    time_passes(monkeypatch, 7.1)
    assert set(User.objects.filter(pk__in=ids)) == {school["a"], school["b"]}
    made.refresh_from_db()
    assert (made.erased, made.finished_at is None, ArchivedStudent.objects.count()) == (2, False, 0)
    with pytest.raises(year_end_services.TooLate):
        year_end_services.undo_year_end(made.pk)


def test_accounts_that_are_kept_stay_switched_off(
    school: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = year_end_services.Ending(deletes=False)
    year_end_services.end_year([school["a"].pk], ending)
    time_passes(monkeypatch, 8)
    assert (active(), User.objects.filter(email="a@example.com").exists()) == ({"b", "c"}, True)
    assert not ArchivedStudent.objects.exists()


def test_whoever_is_in_the_new_file_comes_back(
    school: dict[str, User], import_people: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [school[name].pk for name in ("a", "b")]
    year_end_services.end_year(ids, year_end_services.Ending())
    said = import_people("이메일,담당 튜터,반\na@example.com,lee@example.com,4A\n")
    assert "back from the archive" in said
    time_passes(monkeypatch, 8)
    assert everybody()["a@example.com"][-2:] == ["lee@example.com", "4A"]
    assert "b@example.com" not in everybody()
    assert active() == {"a", "c"}


def test_a_second_end_of_the_year_leaves_what_the_first_set_aside(
    admin_page: Client, school: dict[str, User]
) -> None:
    first = ends(admin_page, group="3A")
    ends(admin_page, everybody="on")
    assert sorted(YearEnd.objects.values_list("students", flat=True)) == [2, 2]
    admin_page.post(first.headers["Location"].replace("change", "undo"))
    assert active() == {"a", "b"}


def test_who_is_meant_must_be_who_was_shown(
    admin_page: Client, school: dict[str, User], student: Person
) -> None:
    form = {"everybody": "on", "deletes": "1"}
    shown = admin_page.post(END, form).context["shown"]
    student("late@example.com")
    page = admin_page.post(END, {**form, "shown": shown, "confirm": "1"}).content.decode()
    assert "Who is meant has changed meanwhile" in page
    assert not YearEnd.objects.exists()


@pytest.mark.parametrize(
    "choice", [{}, {"everybody": "on", "group": "3A"}, {"everybody": "on", "deletes": "x"}]
)
def test_whose_year_ends_must_be_said(
    admin_page: Client, school: dict[str, User], choice: dict[str, str]
) -> None:
    answer = admin_page.post(END, {"deletes": "1", "confirm": "1", "shown": "", **choice})
    assert answer.context["form"].errors
    assert not YearEnd.objects.exists()


def test_nobody_above_is_switched_off_nor_taken_back(
    client: Client, school: dict[str, User]
) -> None:
    clerk = User.objects.create_user("clerk@example.com", "x", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__endswith="yearend"))
    client.force_login(clerk)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    User.objects.filter(pk=school["a"].pk).update(is_superuser=True)
    page = client.post(END, {"group": "3A", "deletes": "1"}).content.decode()
    assert "The year of 1 student ends." in page
    assert "1 of the students is left out" in page
    made = year_end_services.end_year([school["a"].pk], year_end_services.Ending())
    answer = client.post(f"/admin/roster/yearend/{made.pk}/undo/")
    assert (answer.status_code, "a" in active()) == (403, False)


def test_old_ends_are_forgotten(school: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    year_end_services.end_year([school["a"].pk], year_end_services.Ending())
    time_passes(monkeypatch, settings.LIMITS.admin_log_days + 1)
    year_end_services.purge_year_ends(settings.LIMITS.admin_log_days)
    assert not YearEnd.objects.exists()


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("end_year", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_ends_a_year_and_takes_it_back(school: dict[str, User]) -> None:
    with pytest.raises(CommandError, match="say --yes"):
        command("--group", "3A")
    said = command("--tutor", "KIM@example.com", "--yes")
    assert "2 students are switched off and signed out now" in said
    assert active() == {"c"}
    number = said.rpartition("--undo ")[2].strip()
    assert "2 have their tutor again" in command("--undo", number)
    assert active() == {"a", "b", "c"}
    for arguments, reason in (
        (("--undo", number), "no more"),
        (("--undo", "99999"), "There is no end"),
        (("--group", "none", "--yes"), "no student"),
        (("--tutor", "x@y.kr"), "Nobody has"),
    ):
        with pytest.raises(CommandError, match=reason):
            command(*arguments)
