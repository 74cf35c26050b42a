"""What leaves for Redis is signed, and what comes from there is opened only where it is ours."""

import logging
import time
from collections.abc import Sequence
from typing import Final

from speaktracker import metrics
from speaktracker.layers.installation import SIGNATURE_LENGTH, Installation

logger = logging.getLogger(__name__)

# Whoever may publish may do so all day: it is said once, and then so often at most.
FOREIGN_LOG_SECONDS: Final = 60


class Envelopes:
    """Seal and open the envelopes of a process: a signature, and the body it is of.

    The first installation is the one that speaks, all of them are heard. Its name and a colon stand
    before each topic, and the topic is signed with the body.
    """

    def __init__(self, installations: Sequence[Installation]) -> None:
        self._speaking = installations[0]
        self._heard = {one.name.encode(): one for one in installations}
        self._foreign = 0
        self._log_again_at = 0.0

    def topic(self, name: str) -> bytes:
        """Return the topic to publish on for `name`, which holds neither colon nor zero byte."""
        return f"{self._speaking.name}:{name}".encode()

    def topics(self, name: str) -> list[bytes]:
        """List the topics to subscribe to for `name`."""
        return [b"%b:%b" % (installation, name.encode()) for installation in self._heard]

    def seal(self, topic: bytes, body: bytes) -> bytes:
        """Sign `body`, to be published on `topic`."""
        return self._speaking.sign(topic, body) + body

    def open(self, topic: bytes, envelope: bytes) -> tuple[str, memoryview] | None:
        """Return the topic's name and the body; None, counted and logged, when it is not ours."""
        whose, _, name = topic.rpartition(b":")
        sender = self._heard.get(whose)
        body = memoryview(envelope)[SIGNATURE_LENGTH:]
        if sender is None or not sender.is_signed(topic, envelope[:SIGNATURE_LENGTH], body):
            self._note_foreign(topic)
            return None
        return name.decode(), body

    def _note_foreign(self, topic: bytes) -> None:
        metrics.foreign_event_dropped()
        self._foreign += 1
        if (now := time.monotonic()) >= self._log_again_at:
            self._log_again_at = now + FOREIGN_LOG_SECONDS
            logger.warning(
                "What comes on %s is not signed by this installation and dropped, %d so far: "
                "somebody else publishes on this Redis.",
                topic.decode(errors="replace"),
                self._foreign,
            )
