"""A connection that listens to sharded pub/sub, where a node takes topics away unasked."""

from collections.abc import Callable
from typing import Any

from speaktracker.layers.redis.resp_wire import Answer, OnMessage, Wire, command


class ShardWire(Wire):
    """Tell `on_taken_away` the topics whose slots the node has stopped to serve.

    What says so looks like the answer to SUNSUBSCRIBE. Where both meet, nobody can tell them apart
    (valkey-io/valkey issue 1066): then a later answer does not fit its question, and whoever asked
    has to `abort`.
    """

    MESSAGE = b"smessage"

    def __init__(
        self, on_message: OnMessage, on_taken_away: Callable[[bytes], None] = lambda _topic: None
    ) -> None:
        super().__init__(on_message)
        self._on_taken_away = on_taken_away
        self._leaving: dict[Answer | None, bytes] = {}

    def leave(self, topic: bytes) -> None:
        """Unsubscribe `topic`."""
        answer = self.ask(command(b"SUNSUBSCRIBE", topic))
        self._leaving[answer] = topic
        answer.add_done_callback(self._left)

    def _settle(self, reply: Any) -> None:
        is_notice = type(reply) is list and reply[0] == b"sunsubscribe"
        if is_notice and not (self._due and self._leaving.get(self._due[0][0]) == reply[1]):
            self._on_taken_away(reply[1])
        else:
            super()._settle(reply)

    def _left(self, answer: Answer) -> None:
        del self._leaving[answer]
        if not answer.cancelled():
            answer.exception()  # a node that does not serve the topic any more refuses
