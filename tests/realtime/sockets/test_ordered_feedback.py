"""The numbered messages of one connection: in order, once, whatever the pushes do."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.broadcast.delivery_attempts import NumberedMessage
from realtime.protocol.server_messages import LastFeedback
from realtime.sockets.message_source import GivenMessage
from realtime.sockets.ordered_feedback import OrderedFeedback
from realtime.sockets.write_queue import WriteQueue
from speaktracker.exceptions import Unavailable


class Letters:
    """A source of messages, and a connection that notes what is written to it."""

    def __init__(self, undelivered: int = 0) -> None:
        self.stored: list[NumberedMessage] = []
        self.confirmed: set[str] = set()
        self.received: list[int] = []
        self.broken = False
        self.busy = False
        self.is_away = False
        for _ in range(undelivered):
            self.store()

    def store(self) -> NumberedMessage:
        number = len(self.stored) + 1
        self.stored.append(NumberedMessage(number, f"id{number}", f"text{number}"))
        return self.stored[-1]

    def after_number(self, last: int) -> OrderedFeedback:
        return OrderedFeedback(7, cast(WriteQueue, self), self, last)

    def try_write(self, text: str) -> bool:
        if not self.broken and not self.busy:
            self.received.append(int(text.removeprefix("text")))
        return not self.broken and not self.busy

    async def write(self, text: str) -> bool:
        await asyncio.sleep(0)
        if not self.broken:
            self.received.append(int(text.removeprefix("text")))
        return not self.broken

    async def undelivered(self, user_id: int, acknowledges: bool) -> Sequence[NumberedMessage]:
        if self.is_away:
            raise Unavailable
        return [message for message in self.stored if message.message_id not in self.confirmed]

    async def after(self, user_id: int, sequence: int) -> Sequence[NumberedMessage]:
        return [message for message in self.stored if message.sequence > sequence]

    async def waiting(self, user_ids: Collection[int]) -> Collection[int]:
        return user_ids

    def last_given(self, tutor_id: int, lent: Collection[int]) -> dict[int, LastFeedback]:
        return {}

    def given_to(
        self, user_ids: Collection[int], since: datetime, until: datetime
    ) -> list[GivenMessage]:
        return []

    def given_count(self, tutor_id: int, since: datetime) -> dict[int, int]:
        return {}

    async def written(self, user_id: int, message_ids: Sequence[str]) -> None:
        self.confirmed.update(message_ids)


async def test_a_replay_writes_what_waits_and_confirms_it() -> None:
    letters = Letters(3)
    await letters.after_number(3).replay(False)
    assert letters.received == [1, 2, 3]
    assert letters.confirmed == {"id1", "id2", "id3"}


async def test_the_next_number_is_written_at_once() -> None:
    letters = Letters()
    ordered = letters.after_number(0)
    assert await ordered.receive(letters.store())
    assert letters.received == [1]


async def test_a_number_that_is_too_high_waits_for_those_before_it() -> None:
    letters = Letters(3)
    assert await letters.after_number(0).receive(letters.stored[2])
    assert letters.received == [1, 2, 3]


async def test_a_repeated_push_is_confirmed_without_writing_twice() -> None:
    letters = Letters(1)
    ordered = letters.after_number(0)
    assert await ordered.receive(letters.stored[0])
    assert await ordered.receive(letters.stored[0])
    assert letters.received == [1]


async def test_the_next_number_needs_no_waiting_where_the_socket_takes_it() -> None:
    letters = Letters()
    ordered = letters.after_number(0)
    await ordered.replay(False)
    letters.store()
    assert ordered.try_receive(letters.stored[0])
    assert not ordered.try_receive(letters.stored[0])  # `receive` confirms it again
    later = letters.store(), letters.store()
    assert not ordered.try_receive(later[1])
    letters.busy = True
    assert not ordered.try_receive(later[0])
    assert await ordered.receive(later[0])
    assert letters.received == [1, 2]


async def test_a_push_overtakes_nothing_that_is_still_to_be_replayed() -> None:
    letters = Letters(2)
    ordered = letters.after_number(2)
    pushed = letters.store()
    assert not ordered.try_receive(pushed)
    await ordered.replay(False)
    await ordered.receive(pushed)
    assert letters.received == [1, 2, 3]


async def test_what_could_not_be_written_is_not_confirmed() -> None:
    letters = Letters(2)
    letters.broken = True
    ordered = letters.after_number(0)
    assert not await ordered.receive(letters.stored[0])
    assert not await ordered.receive(letters.stored[1])
    assert letters.confirmed == set()


async def owes_a_replay(letters: Letters) -> OrderedFeedback:
    """Open a connection while what waits for it cannot be read."""
    ordered = letters.after_number(len(letters.stored))
    letters.is_away = True
    with pytest.raises(Unavailable):
        await ordered.replay(True)
    letters.is_away = False
    assert ordered.owes_replay
    return ordered


async def test_a_replay_that_failed_is_made_up_for_before_anything_is_confirmed() -> None:
    letters = Letters(3)
    ordered = await owes_a_replay(letters)
    await ordered.catch_up()
    assert letters.received == [1, 2, 3]
    assert not ordered.owes_replay


async def test_a_push_does_not_overtake_a_replay_that_failed() -> None:
    letters = Letters(3)
    ordered = await owes_a_replay(letters)
    pushed = letters.store()
    assert not ordered.try_receive(pushed)
    assert await ordered.receive(pushed)
    assert letters.received == [1, 2, 3, 4]


async def test_catching_up_confirms_what_was_written_but_not_remembered() -> None:
    letters = Letters(1)
    ordered = letters.after_number(0)
    await ordered.receive(letters.stored[0])
    letters.store()
    await ordered.catch_up()
    assert letters.received == [1, 2]
    assert letters.confirmed == {"id1", "id2"}


steps = st.lists(
    st.tuples(st.sampled_from(["store", "push", "catch up"]), st.integers(0, 20)),
    max_size=25,
)


@given(st.integers(0, 5), steps)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_every_message_is_written_in_order_and_once(before: int, taken: list[Any]) -> None:
    letters = Letters(before)

    async def live() -> None:
        ordered = letters.after_number(before)
        await ordered.replay(False)
        tasks: list[asyncio.Task[Any]] = []
        for step, number in taken:
            if step == "store":
                letters.store()
            elif step == "push" and letters.stored:
                pushed = letters.stored[number % len(letters.stored)]
                letters.busy = number % 2 == 0
                if not ordered.try_receive(pushed):
                    tasks.append(asyncio.create_task(ordered.receive(pushed)))
            elif step == "catch up":
                tasks.append(asyncio.create_task(ordered.catch_up()))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        await ordered.catch_up()

    asyncio.run(live())
    assert letters.received == list(range(1, len(letters.stored) + 1))
