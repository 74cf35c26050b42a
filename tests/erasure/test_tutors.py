"""A tutor goes: who takes the students over is asked, and their feedback reads on."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client

from feedback.models import Feedback
from realtime.models import Connection, PracticeSession, ServerLease
from speaktracker.clock import now
from speaktracker.db.threads import run_long
from speaktracker.persistence.backends import dynamodb_from_settings
from speaktracker.persistence.models import WAITING, Change
from speaktracker.roster.erasure.named_person import pseudonym_of
from speaktracker.roster.models import TutorStudent, User
from tests.erasure.conftest import ADDRESS, MESSAGE, TUTOR, TUTOR_NAME, School
from tests.persistence.conftest import Relaying
from tests.persistence.mirror import until
from tests.traces import traces_in_dynamodb

PEOPLE = "/admin/roster/user/"
OF_TUTOR = (TUTOR, TUTOR_NAME, "heron")
Way = Callable[[School, str], Any]


def by_page(school: School, successor: str) -> Any:
    form = {"post": "yes", "successor": successor}
    return signed_in(school).post(f"{PEOPLE}{school.tutor.pk}/delete/", form)


def by_action(school: School, successor: str) -> Any:
    chosen = {"action": "delete_selected", "_selected_action": [school.tutor.pk]}
    return signed_in(school).post(PEOPLE, {**chosen, "post": "yes", "successor": successor})


def by_command(school: School, successor: str) -> None:
    named = ["--successor", User.objects.get(pk=successor).email] if successor else []
    call_command("erase_person", TUTOR, "--yes", *named)


def by_row(school: School, successor: str) -> None:
    school.tutor.delete()


WAYS = (by_page, by_action, by_command)


def signed_in(school: School) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(school.director)
    return client


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("takes_over", [True, False])
def test_the_students_of_a_deleted_tutor_go_to_the_successor(
    school: School, way: Way, takes_over: bool
) -> None:
    way(school, str(school.other_tutor.pk) if takes_over else "")
    assert not User.objects.filter(pk=school.tutor.pk).exists()
    tutors = list(TutorStudent.objects.values_list("tutor", flat=True))
    assert tutors == ([school.other_tutor.pk] if takes_over else [])
    assert school.traces(*OF_TUTOR) == []


@pytest.mark.parametrize("way", [by_page, by_action])
def test_whoever_cannot_take_students_over_is_refused_and_nothing_is_deleted(
    school: School, way: Way
) -> None:
    answer = way(school, str(school.child.pk))
    assert "Select a valid choice." in answer.content.decode()
    assert User.objects.filter(pk=school.tutor.pk).exists()


@pytest.mark.parametrize("way", [by_page, by_action])
def test_nobody_gives_the_students_to_somebody_above_them(school: School, way: Way) -> None:
    User.objects.filter(pk=school.other_tutor.pk).update(is_superuser=True)
    User.objects.filter(pk=school.director.pk).update(is_superuser=False)
    school.director.groups.add(Group.objects.create(name="office"))
    names = ["view_user", "change_user", "delete_user", "view_tutorstudent", "change_tutorstudent"]
    names += ["delete_tutorstudent", "add_tutorstudent"]
    rights = Permission.objects.filter(codename__in=names)
    Group.objects.get(name="office").permissions.set(rights)
    way(school, str(school.other_tutor.pk))
    assert User.objects.filter(pk=school.tutor.pk).exists()


def test_the_page_asks_for_the_tutor_of_the_students_who_stay(school: School) -> None:
    client = signed_in(school)
    page = client.get(f"{PEOPLE}{school.tutor.pk}/delete/").content.decode()
    assert '<select name="successor"' in page
    assert "1 student loses the tutor." in page
    chosen = {"action": "delete_selected", "_selected_action": [school.tutor.pk]}
    assert '<select name="successor"' in client.post(PEOPLE, chosen).content.decode()
    alone = client.get(f"{PEOPLE}{school.child.pk}/delete/").content.decode()
    assert "successor" not in alone


def test_feedback_of_a_deleted_tutor_reads_on(school: School, client: Client) -> None:
    by_row(school, "")
    client.force_login(User.objects.get(pk=school.child.pk))
    (read,) = client.get("/api/student/feedback").json()["results"]
    assert (read["message"], read["from"]) == (MESSAGE, pseudonym_of(TUTOR))
    shown = signed_in(school).get("/admin/feedback/feedback/").content.decode()
    assert MESSAGE in shown


def test_a_student_s_socket_is_no_longer_recorded_under_a_deleted_tutor(school: School) -> None:
    lease = ServerLease.objects.create(
        boot_id="b", host="h", pid=1, process_started=1, renewed_at=now()
    )
    Connection.objects.create(
        connection_id="L0SM9cOFvHcCIhw=",
        user=school.child,
        user_email=ADDRESS,
        user_type="student",
        tutor=school.tutor,
        tutor_email=TUTOR,
        server=lease,
        channel="c",
        connected_at=now(),
        expires_at=now(),
    )
    by_row(school, "")
    assert Connection.objects.get().tutor_email is None
    assert PracticeSession.objects.get().tutor_email == pseudonym_of(TUTOR)


async def test_the_mirror_has_the_feedback_under_the_pseudonym(
    aws: Any, school: School, relaying: Relaying
) -> None:
    await run_long(lambda: list(dynamodb_from_settings().ensure_tables()))
    async with relaying():
        await until(lambda: not Change.objects.filter(WAITING).exists())
        await run_long(by_row, school, "")
        await until(lambda: not Change.objects.filter(WAITING).exists())
    found = await asyncio.to_thread(traces_in_dynamodb, aws, settings.STACK, [MESSAGE])
    assert len(found) == 1
    assert pseudonym_of(TUTOR) in found[0]
    assert await asyncio.to_thread(traces_in_dynamodb, aws, settings.STACK, OF_TUTOR) == []
    assert await run_long(school.traces, *OF_TUTOR) == []
    assert await run_long(Feedback.objects.count) == 1
