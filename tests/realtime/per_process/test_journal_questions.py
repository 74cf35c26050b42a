"""Whom a snapshot asks: the processes that hold its students' sockets, and nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.utils import timezone

from realtime.broadcast import publish
from realtime.journal_requests import publish_unjournalled
from realtime.models import Connection, ServerLease
from realtime.per_process.process_state import this_process
from speaktracker import db
from speaktracker.layers import ClassroomLayer
from speaktracker.layers.subscription import Subscription
from speaktracker.roster.loans import services
from speaktracker.roster.loans.services import LoanDraft
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect, assign, person
from tests.realtime.inside import the_socket
from tests.realtime.messages import becomes, status
from tests.roster.school_calendar import FRIDAY, MONDAY, DayIs


@dataclass
class OtherProcess:
    """A process elsewhere, as far as the database and the channel layer know it."""

    boot_id: str
    asked: list[list[int]] = field(default_factory=list)

    def lease(self) -> None:
        """Store its lease."""
        now = timezone.now()
        ServerLease.objects.create(
            boot_id=self.boot_id, host="elsewhere", pid=1, process_started=1, renewed_at=now
        )

    def hold(self, student: User) -> None:
        """Store a socket of a student."""
        tutor, now = student.mapping.tutor, timezone.now()
        Connection.objects.create(
            connection_id=f"{self.boot_id}{student.pk}",
            server_id=self.boot_id,
            user=student,
            user_email=student.email,
            user_type="student",
            tutor=tutor,
            tutor_email=tutor.email,
            channel="elsewhere!1",
            connected_at=now,
            expires_at=now + timedelta(hours=1),
        )

    def learn(self, event: dict[str, Any]) -> None:
        """Take what is asked."""
        self.asked.append(sorted(event["tutor_ids"]))


@pytest.fixture
async def others(connect: Connect) -> AsyncIterator[list[OtherProcess]]:
    """Three processes elsewhere, which hold nobody yet."""
    made = [OtherProcess(f"process{number}") for number in range(3)]
    subscriptions = []
    for one in made:
        await db.write(one.lease)
        subscription = await Subscription.open("journal.")
        await subscription.join(publish.journal_group(one.boot_id))
        subscription.start(one.learn)
        subscriptions.append(subscription)
    yield made
    for subscription in subscriptions:
        subscription.close()


async def placed(student: User) -> User:
    """Read a student with the tutor."""
    return await User.objects.select_related("mapping__tutor").aget(pk=student.pk)


async def test_a_snapshot_asks_who_holds_this_tutor_s_students_alone(
    connect: Connect, others: list[OtherProcess], student: User, tutor: User, other_tutor: User
) -> None:
    stranger = await db.write(person, "student", 3)
    await assign(stranger, other_tutor)
    await db.write(others[0].hold, await placed(student))
    await db.write(others[1].hold, await placed(stranger))
    await (await connect(tutor)).sees("broadcast_all")
    assert [one.asked for one in others] == [[[tutor.pk]], [], []]


async def test_dashboards_that_ask_at_once_are_one_query_and_one_question(
    connect: Connect,
    others: list[OtherProcess],
    student: User,
    tutor: User,
    other_tutor: User,
) -> None:
    stranger = await db.write(person, "student", 3)
    await assign(stranger, other_tutor)
    for one in (student, stranger):
        await db.write(others[0].hold, await placed(one))
    questions, both = this_process().journal_questions, sorted((tutor.pk, other_tutor.pk))
    await asyncio.gather(*(questions.ask(both) for _ in range(10)))
    assert others[0].asked == [both]


async def test_after_a_gap_a_substitute_asks_for_the_lender_s_students_too(
    connect: Connect,
    others: list[OtherProcess],
    student: User,
    tutor: User,
    other_tutor: User,
    day_is: DayIs,
) -> None:
    await db.write(services.lend, LoanDraft(tutor.pk, other_tutor.pk, MONDAY, FRIDAY))
    await (await connect(other_tutor)).sees("broadcast_all")
    await db.write(others[2].hold, await placed(student))
    await get_channel_layer().send(the_socket(other_tutor).channel, {"type": "layer.gap"})
    await becomes(lambda: _now(others[2].asked), [[tutor.pk]])


async def _now(found: object) -> object:
    return found


async def test_what_was_said_before_a_student_left_is_not_repeated(
    connect: Connect, student: User, tutor: User
) -> None:
    practice = await connect(student)
    heard: list[dict[str, Any]] = []
    subscription = await Subscription.open("dashboard.")
    await subscription.join(publish.dashboards_group(tutor.pk))
    subscription.start(heard.append)
    for said, repeated in (("paused", ["paused"]), ("finished", [])):
        await practice.ask(status(said, message_id=said), "ack")
        heard.clear()
        publish_unjournalled(this_process(), [tutor.pk])
        assert [json.loads(one["text"])["data"]["status"] for one in heard] == repeated
    subscription.close()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Groups that others are taken to listen to from now on."""
    found: list[str] = []
    monkeypatch.setattr(
        ClassroomLayer, "heard_elsewhere", lambda _layer, group: found.append(group)
    )
    return found


async def test_a_student_who_comes_after_the_question_was_asked_is_published(
    connect: Connect, told: list[str], student: User, tutor: User
) -> None:
    await (await connect(student)).ask({"type": "ping"}, "pong")
    assert told == [publish.dashboards_group(tutor.pk)]


async def test_so_is_one_who_comes_to_another_tutor(
    connect: Connect, told: list[str], student: User, other_tutor: User
) -> None:
    practice = await connect(student)
    await practice.ask({"type": "ping"}, "pong")
    told.clear()
    await assign(student, other_tutor)
    await becomes(lambda: _now(told[:1]), [publish.dashboards_group(other_tutor.pk)])
