"""Handshakes of one address: a school comes in at once, a flood is sent away, memory is bounded."""

import heapq
from collections.abc import Callable
from random import Random

import pytest

from realtime.per_process import handshake_limit
from realtime.per_process.handshake_limit import HandshakeLimit
from realtime.per_process.process_state import this_process
from speaktracker.http.network_address import network_of
from speaktracker.roster.models import User
from speaktracker.simulation.people.reconnection import BASE_SECONDS, CAP_SECONDS
from tests.realtime.conftest import Connect

Limit = Callable[..., None]
SCHOOL = "192.0.2.7"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:0db8:0001:0002"),
        ("2001:db8:1:2:bbbb::9", "2001:0db8:0001:0002"),
        ("fe80::1%eth0", "fe80:0000:0000:0000"),
        ("::", "0000:0000:0000:0000"),
        ("no:address", "no:address"),
    ],
)
def test_an_address_of_ipv6_counts_by_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_class_comes_in_at_once_and_a_flood_does_not() -> None:
    limit = HandshakeLimit(Clock())
    assert [limit.wait(SCHOOL) for _ in range(200)] == [0.0] * 200
    assert sum(limit.wait(SCHOOL) == 0 for _ in range(5000)) == 300
    assert limit.wait("192.0.2.8") == 0


def test_who_is_sent_away_is_given_a_time_of_their_own() -> None:
    limit = HandshakeLimit(Clock())
    waits = [limit.wait(SCHOOL) for _ in range(700)][500:]
    assert waits == sorted(set(waits))
    assert [waits[0], waits[-1]] == pytest.approx([0.02, 4])
    assert max(limit.wait(SCHOOL) for _ in range(5000)) <= 15


def test_a_school_of_a_thousand_is_back_within_twenty_seconds() -> None:
    clock, random = Clock(), Random(7)
    limit = HandshakeLimit(clock)
    knocks = [(random.random() * 0.2, student, 0) for student in range(1000)]
    heapq.heapify(knocks)
    while knocks:
        clock.now, student, attempt = heapq.heappop(knocks)
        if wait := limit.wait(SCHOOL):
            jitter = random.random() * min(CAP_SECONDS, BASE_SECONDS * 2**attempt)
            heapq.heappush(knocks, (clock.now + wait + jitter, student, attempt + 1))
    assert clock.now < 20


def test_addresses_are_forgotten_when_many_others_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshake_limit, "ADDRESSES_BOUND", 100)
    limit = HandshakeLimit(Clock())
    while not limit.wait(SCHOOL):
        pass
    for number in range(1000):
        limit.wait(f"2001:db8:{number:x}::1")
        assert limit.wait(SCHOOL)  # who keeps coming is not forgotten
    assert len(limit._buckets) == 100


async def test_who_knocks_too_often_is_told_when_to_come_back(
    limits: Limit, connect: Connect, student: User
) -> None:
    limits(address_handshakes_at_once=2, address_handshakes_per_second=0.01)
    for _ in range(2):
        await (await connect(student, address=SCHOOL)).hears("connection_success")
    refused = await connect(student, address=SCHOOL)
    error = await refused.hears("connection_error", code="RATE_LIMITED")
    assert 0 < error["retry_after_ms"] <= 15_001
    assert await refused.is_closed_with() == 4013
    await (await connect(student, address="192.0.2.8")).hears("connection_success")


async def test_a_refused_handshake_asks_nobody_who_it_is(
    limits: Limit, connect: Connect, student: User, lose_database: Callable[[], None]
) -> None:
    limits(address_handshakes_at_once=1)
    while not this_process().handshakes.wait(SCHOOL):
        pass
    lose_database()
    error = await (await connect(address=SCHOOL, ticket="any")).hears("connection_error")
    assert error["code"] == "RATE_LIMITED"
