"""The numbered messages of one connection: written in order, once, however the pushes arrive.

A connection writes number n only after n-1, reads from the source what is missing, and confirms
again without writing twice.
"""

import asyncio
from collections.abc import Iterable, Sequence

from realtime.broadcast.delivery_attempts import NumberedMessage
from realtime.sockets.message_source import MessageSource
from realtime.sockets.write_queue import WriteQueue

ACKS_PER_MESSAGE = 3  # delivered, seen and played


class OrderedFeedback:
    """What one connection has written of its user's messages, and how it catches up.

    `acks_expected` is how many acknowledgements its client may still send for what it was sent.
    """

    def __init__(
        self, user_id: int, write_queue: WriteQueue, source: MessageSource, last: int
    ) -> None:
        """Begin after message number `last`, which counts as written."""
        self.acks_expected = 0
        self._user_id = user_id
        self._write_queue = write_queue
        self._source = source
        self._last = last
        self._order = asyncio.Lock()
        self._is_replayed = False
        # Whether the client acknowledges, while what waited for it could not be read.
        self._owed_replay: bool | None = None

    @property
    def owes_replay(self) -> bool:
        """Tell whether what waited for this connection is still to be written."""
        return self._owed_replay is not None

    def note_ack(self) -> None:
        """Note that one of the expected acknowledgements has come."""
        self.acks_expected = max(0, self.acks_expected - 1)

    async def replay(self, acknowledges: bool) -> None:
        """Write what nobody has confirmed before this connection stood."""
        async with self._order:
            await self._replay(acknowledges)

    def try_receive(self, message: NumberedMessage) -> bool:
        """Write a pushed message that is the next one; False when anything has to be waited for."""
        # A push that was waiting when the socket opened must not overtake what is replayed to it.
        is_free = self._is_replayed and not self._order.locked()
        is_next = is_free and message.sequence == self._last + 1
        if not is_next or not self._write_queue.try_write(message.text):
            return False
        self._note_written(message)
        return True

    async def receive(self, message: NumberedMessage) -> bool:
        """Write a pushed message in its turn; True when it stands written, now or before."""
        async with self._order:
            await self._make_up_for_replay()
            if message.sequence == self._last + 1:
                return await self._write_one(message)
            if message.sequence > self._last:
                await self._write(await self._source.after(self._user_id, self._last))
            return message.sequence <= self._last

    async def catch_up(self) -> None:
        """Write what a lost push left out, and confirm what was written but not remembered.

        A replay that failed is made up for instead, and is all there is.
        """
        async with self._order:
            if await self._make_up_for_replay():
                return
            waiting = await self._source.undelivered(self._user_id, False)
            known = [message.message_id for message in waiting if message.sequence <= self._last]
            if known:
                await self._source.written(self._user_id, known)
            await self._write([message for message in waiting if message.sequence > self._last])

    async def _replay(self, acknowledges: bool) -> None:
        self._owed_replay = acknowledges
        # Before their first message nothing can wait for anybody.
        waiting: Sequence[NumberedMessage] = ()
        if self._last:
            waiting = await self._source.undelivered(self._user_id, acknowledges)
        self._is_replayed, self._owed_replay = True, None
        await self._write(waiting)

    async def _make_up_for_replay(self) -> bool:
        if self._owed_replay is None:
            return False
        await self._replay(self._owed_replay)
        return True

    async def _write(self, messages: Iterable[NumberedMessage]) -> None:
        written = []
        for message in messages:
            if not await self._write_one(message):
                break
            written.append(message.message_id)
        if written:
            await self._source.written(self._user_id, written)

    async def _write_one(self, message: NumberedMessage) -> bool:
        if not await self._write_queue.write(message.text):
            return False
        self._note_written(message)
        return True

    def _note_written(self, message: NumberedMessage) -> None:
        self.acks_expected += ACKS_PER_MESSAGE
        self._last = max(self._last, message.sequence)
