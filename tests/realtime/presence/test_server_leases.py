"""DESIGN.md section 5: a connection counts while its process lives; the rest is reaped."""

import os
import socket as sockets
from datetime import timedelta
from typing import Any

import psutil
import pytest

from realtime import housekeeping
from realtime.models import Connection, Presence, ServerLease
from realtime.per_process.process_state import this_process
from realtime.presence import admission, connection_records, server_leases
from realtime.presence.connection_records import NewRecord, SocketAddress
from speaktracker import db
from speaktracker.clock import microseconds, now
from speaktracker.exceptions import Unavailable
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.inside import the_socket
from tests.realtime.messages import becomes, status
from tests.socket_client import SocketClient

DEAD_SECONDS = connection_records.LEASE_SECONDS + 5


def _lease(boot_id: str, age_seconds: float = 0, **fields: Any) -> ServerLease:
    own = {
        "host": "elsewhere",
        "pid": 1,
        "process_started": 1,
        "renewed_at": now() - timedelta(seconds=age_seconds),
    }
    return ServerLease.objects.create(boot_id=boot_id, **{**own, **fields})


def _connection(user: User, server: str, lifetime: timedelta = timedelta(hours=24)) -> str:
    row = NewRecord(
        connection_id=connection_records.new_connection_id(),
        channel="dead!channel",
        server=server,
        user=user.pk,
        credentials_version=0,
        user_email=user.email,
        user_type=user.user_type or "",
        tutor=None,
        tutor_email=None,
        connected_at=now(),
        expires_at=now() + lifetime,
    )
    connection_records.add([row])
    return row.connection_id


def _ghost(user: User, age_seconds: float = DEAD_SECONDS) -> str:
    """Leave a connection of a process that renewed its lease so long ago."""
    return _connection(user, _lease("dead", age_seconds).boot_id)


def _is_in_class(student: User) -> None:
    news = {"online": True, "in_class": True, "status": "idle", "version": microseconds()}
    Presence.objects.update_or_create(student=student, defaults=news)


def _live(user: User) -> set[str]:
    return {address.connection_id for address in connection_records.addresses(user.pk)}


@pytest.mark.django_db(transaction=True)
def test_a_connection_counts_while_its_lease_is_fresh(db: None) -> None:
    user = User.objects.create_user("t@example.com", user_type="tutor")
    fresh = _connection(user, _lease("fresh", connection_records.LEASE_SECONDS - 5).boot_id)
    _ghost(user)
    _connection(user, "fresh", lifetime=timedelta(seconds=-1))
    assert _live(user) == {fresh}
    assert Connection.objects.exclude(pk__in=connection_records.live()).count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_look_up_finds_all_connections_of_a_student(
    db: None, django_assert_num_queries: object
) -> None:
    user = User.objects.create_user("t@example.com", user_type="tutor")
    _lease("fresh")
    expected = {_connection(user, "fresh") for _ in range(5)}
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert _live(user) == expected


@pytest.mark.django_db(transaction=True)
def test_a_removal_deletes_one_record_by_its_own_id_however_often() -> None:
    user = User.objects.create_user("t@example.com", user_type="tutor")
    _lease("fresh")
    first, second = _connection(user, "fresh"), _connection(user, "fresh")
    assert connection_records.remove([first]) == 1
    assert connection_records.remove([first]) == 0  # it is counted once
    assert _live(user) == {second}


async def test_the_leave_of_a_dead_process_comes_without_more_grace(
    lease_left_alone: None, dashboard: SocketClient, student: User, tutor: User
) -> None:
    await db.write(_is_in_class, student)
    await dashboard.send({"type": "dashboard", "action": "refresh"})
    await dashboard.sees("student_joined")
    ghost = await db.write(_ghost, student)
    this_process().lease._renewals = server_leases.RENEWALS_BEFORE_REAPING
    await housekeeping.reap()
    left = await dashboard.sees("student_left", student_email=student.email)
    assert left["reason"] == "disconnected"
    assert not await Connection.objects.filter(connection_id=ghost).aexists()
    assert not await ServerLease.objects.filter(boot_id="dead").aexists()


async def test_the_reaper_spares_the_living(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await db.write(_ghost, student)
    await db.write(server_leases.reap)
    assert await Connection.objects.acount() == 2
    assert await dashboard.hears_nothing()


async def test_a_student_with_a_living_tab_stays_when_another_process_dies(
    lease_left_alone: None, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await db.write(_ghost, student)
    this_process().lease._renewals = server_leases.RENEWALS_BEFORE_REAPING
    await housekeeping.reap()
    assert await dashboard.hears_nothing()
    assert (await Presence.objects.aget(student=student)).in_class


async def test_a_connection_past_its_lifetime_is_reaped(
    dashboard: SocketClient, student: User
) -> None:
    boot_id = this_process().lease.boot_id
    expired = await db.write(_connection, student, boot_id, timedelta(seconds=-1))
    await db.write(server_leases.reap)
    assert not await Connection.objects.filter(connection_id=expired).aexists()
    assert await ServerLease.objects.filter(boot_id=boot_id).aexists()


async def test_nobody_reaps_before_two_renewals(
    lease_left_alone: None, dashboard: SocketClient, student: User
) -> None:
    ghost = await db.write(_ghost, student)
    for renewals in range(server_leases.RENEWALS_BEFORE_REAPING):
        this_process().lease._renewals = renewals
        await housekeeping.reap()
    assert await Connection.objects.filter(connection_id=ghost).aexists()


async def test_a_renewal_that_failed_starts_the_count_again(
    lease_left_alone: None, dashboard: SocketClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = this_process().lease
    lease._renewals = 5

    async def away(*_: object) -> bool:
        raise Unavailable("the database did not answer")

    with monkeypatch.context() as lost:
        lost.setattr(db, "write_first", away)
        with pytest.raises(Unavailable):
            await lease.renew()
    assert not lease.may_reap
    assert await lease.renew()
    assert await lease.renew()
    assert lease.may_reap


async def test_a_process_whose_lease_was_reaped_records_its_sockets_again(
    lease_left_alone: None,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    tutor: User,
) -> None:
    before = this_process().lease.boot_id
    connection_id = the_socket(student).connection_id
    await ServerLease.objects.filter(boot_id=before).aupdate(
        renewed_at=now() - timedelta(seconds=DEAD_SECONDS)
    )
    await db.write(server_leases.reap)
    assert not await Connection.objects.aexists()
    await housekeeping.renew_lease()
    assert this_process().lease.boot_id != before
    record = await Connection.objects.aget(connection_id=connection_id)
    assert (record.server_id, record.tutor_email) == (this_process().lease.boot_id, tutor.email)
    assert await Connection.objects.acount() == 2


async def test_a_student_reaped_by_mistake_is_in_class_again(
    lease_left_alone: None, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await ServerLease.objects.aupdate(renewed_at=now() - timedelta(seconds=DEAD_SECONDS))
    await db.write(server_leases.reap)
    assert not (await Presence.objects.aget(student=student)).online
    await housekeeping.renew_lease()
    assert (await Presence.objects.aget(student=student)).in_class
    await practice.ask(status("paused", message_id="1"), "ack", message_id="1")
    await dashboard.sees("update", status="paused", online=True)


async def test_a_student_who_had_finished_and_was_reaped_by_mistake_has_finished_still(
    lease_left_alone: None, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await practice.ask(status("finished", message_id="1"), "ack")
    await dashboard.sees("student_left", reason="finished")
    await ServerLease.objects.aupdate(renewed_at=now() - timedelta(seconds=DEAD_SECONDS))
    await db.write(server_leases.reap)
    await housekeeping.renew_lease()
    presence = await Presence.objects.aget(student=student)
    assert (presence.online, presence.in_class, presence.status) == (True, False, "finished")
    data = await dashboard.sees("update", student_email=student.email)
    assert (data["online"], data["status"]) == (True, "finished")


async def test_a_socket_that_came_while_the_lease_was_replaced_is_recorded_once(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    socket = the_socket(student)
    place = SocketAddress(socket.connection_id, socket.channel, this_process().lease.boot_id)
    news = await db.write(admission.readmit, socket.credentials, place, timedelta())
    assert news == []
    assert await Connection.objects.acount() == 2


@pytest.mark.django_db(transaction=True)
def test_a_start_sweeps_what_dead_processes_of_this_host_left() -> None:
    user = User.objects.create_user("t@example.com", user_type="tutor")
    host, pid = sockets.gethostname(), os.getpid()
    started = int(psutil.Process(pid).create_time() * 100)
    left: dict[str, dict[str, Any]] = {
        "alive": {"host": host, "pid": pid, "process_started": started},
        "recycled pid": {"host": host, "pid": pid, "process_started": started - 500},
        "no such pid": {"host": host, "pid": 2**22 + 1},
        "elsewhere": {},
    }
    for boot_id, fields in left.items():
        _connection(user, _lease(boot_id, **fields).boot_id)
    server_leases.sweep()
    assert set(ServerLease.objects.values_list("boot_id", flat=True)) == {"alive", "elsewhere"}
    assert Connection.objects.count() == 2


async def test_a_stopped_process_leaves_no_lease(connect: Connect, tutor: User) -> None:
    client = await connect(tutor)
    await client.hears("connection_success")
    await client.close()
    await this_process().stop()
    await becomes(ServerLease.objects.acount, 0)
