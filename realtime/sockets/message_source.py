"""Where the numbered messages of students are kept: the one extension point of this app.

`realtime` imports nobody above it: the app that owns the messages names itself here at start-up
(its AppConfig.ready), and its commands through `socket_commands.command_table.command`.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from realtime.broadcast.delivery_attempts import NumberedMessage


class MessageSource(Protocol):
    """Where a recipient's messages are kept; each method raises Unavailable."""

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


_sources: list[MessageSource] = []


def provide_messages(source: MessageSource) -> None:
    """Name the source that students' connections replay and catch up from."""
    _sources[:] = [source]


def messages() -> MessageSource | None:
    """Return the source of numbered messages, if there is one."""
    return _sources[0] if _sources else None
