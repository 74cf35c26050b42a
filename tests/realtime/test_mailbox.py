"""The numbered messages of one connection: in order, once, whatever the pushes do."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.broadcast.delivery import Mailbox, Numbered
from realtime.sockets.live_connection import LiveConnection


class Letters:
    """A source of messages, and a connection that notes what is written to it."""

    def __init__(self, undelivered: int = 0) -> None:
        self.stored: list[Numbered] = []
        self.confirmed: set[str] = set()
        self.received: list[int] = []
        self.acks_expected = 0
        self.outlet = self
        self.user_id = 7
        self.broken = False
        for _ in range(undelivered):
            self.store()

    def store(self) -> Numbered:
        number = len(self.stored) + 1
        self.stored.append(Numbered(number, f"id{number}", f"text{number}"))
        return self.stored[-1]

    def mailbox(self, last: int) -> Mailbox:
        return Mailbox(cast(LiveConnection, self), self, last)

    def touch(self) -> None:
        """Note activity."""

    async def write(self, text: str) -> bool:
        await asyncio.sleep(0)
        if not self.broken:
            self.received.append(int(text.removeprefix("text")))
        return not self.broken

    async def undelivered(self, user_id: int, acknowledges: bool) -> Sequence[Numbered]:
        return [message for message in self.stored if message.message_id not in self.confirmed]

    async def after(self, user_id: int, sequence: int) -> Sequence[Numbered]:
        return [message for message in self.stored if message.sequence > sequence]

    async def waiting(self, user_ids: Collection[int]) -> Collection[int]:
        return user_ids

    async def written(self, user_id: int, message_ids: Sequence[str]) -> None:
        self.confirmed.update(message_ids)


async def test_a_replay_writes_what_waits_and_confirms_it() -> None:
    letters = Letters(3)
    await letters.mailbox(3).replay(False)
    assert letters.received == [1, 2, 3]
    assert letters.confirmed == {"id1", "id2", "id3"}


async def test_the_next_number_is_written_at_once() -> None:
    letters = Letters()
    mailbox = letters.mailbox(0)
    assert await mailbox.receive(letters.store())
    assert letters.received == [1]


async def test_a_number_that_is_too_high_waits_for_those_before_it() -> None:
    letters = Letters(3)
    assert await letters.mailbox(0).receive(letters.stored[2])
    assert letters.received == [1, 2, 3]


async def test_a_repeated_push_is_confirmed_without_writing_twice() -> None:
    letters = Letters(1)
    mailbox = letters.mailbox(0)
    assert await mailbox.receive(letters.stored[0])
    assert await mailbox.receive(letters.stored[0])
    assert letters.received == [1]


async def test_what_could_not_be_written_is_not_confirmed() -> None:
    letters = Letters(2)
    letters.broken = True
    mailbox = letters.mailbox(0)
    assert not await mailbox.receive(letters.stored[0])
    assert not await mailbox.receive(letters.stored[1])
    assert letters.confirmed == set()


async def test_catching_up_confirms_what_was_written_but_not_remembered() -> None:
    letters = Letters(1)
    mailbox = letters.mailbox(0)
    await mailbox.receive(letters.stored[0])
    letters.store()
    await mailbox.catch_up()
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
        mailbox = letters.mailbox(before)
        await mailbox.replay(False)
        tasks = []
        for step, number in taken:
            if step == "store":
                letters.store()
            elif step == "push" and letters.stored:
                pushed = letters.stored[number % len(letters.stored)]
                tasks.append(asyncio.create_task(mailbox.receive(pushed)))
            elif step == "catch up":
                tasks.append(asyncio.create_task(mailbox.catch_up()))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        await mailbox.catch_up()

    asyncio.run(live())
    assert letters.received == list(range(1, len(letters.stored) + 1))
