"""Where the numbered messages of students are kept: the one extension point of this app.

`realtime` imports nobody above it: the app that owns the messages names itself here at start-up
(its AppConfig.ready), and its commands through `socket_commands.command_table.command`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from realtime.broadcast.delivery_attempts import NumberedMessage
from realtime.protocol.server_messages import LastFeedback


class GivenMessage(NamedTuple):
    """To whom and when a message was given, and for which session."""

    user_id: int
    at: datetime
    session_id: str


class MessageSource(Protocol):
    """Where a recipient's messages are kept; each coroutine raises Unavailable."""

    async def undelivered(self, user_id: int, acknowledges: bool) -> Sequence[NumberedMessage]:
        """Read, in order, what a new connection has to be given."""
        ...

    async def after(self, user_id: int, sequence: int) -> Sequence[NumberedMessage]:
        """Read, in order, what comes after `sequence`."""
        ...

    async def waiting(self, user_ids: Collection[int]) -> Collection[int]:
        """Tell which of these users have messages that nobody confirmed."""
        ...

    async def written(self, user_id: int, message_ids: Sequence[str]) -> None:
        """Remember that a connection wrote these."""
        ...

    def last_given(self, tutor_id: int, lent: Collection[int]) -> Mapping[int, LastFeedback]:
        """Read, in a thread that does SQL, what a tutor gave each of their students last.

        Of those whose ids are `lent`, who are others', too.
        """
        ...

    def given_to(
        self, user_ids: Collection[int], since: datetime, until: datetime
    ) -> Sequence[GivenMessage]:
        """Read, in a thread that does SQL, what these users were given in a time, in its order."""
        ...

    def given_count(self, tutor_id: int, since: datetime) -> Mapping[int, int]:
        """Count, in a thread that does SQL, what a tutor gave each student since a moment."""
        ...


_sources: list[MessageSource] = []


def provide_messages(source: MessageSource) -> None:
    """Name the source that students' connections replay and catch up from."""
    _sources[:] = [source]


def messages() -> MessageSource | None:
    """Return the source of numbered messages, if there is one."""
    return _sources[0] if _sources else None
