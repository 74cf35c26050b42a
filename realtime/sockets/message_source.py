"""How an app above this one gives the socket its messages.

`realtime` imports nobody above it: the app registers itself at start-up (its AppConfig.ready), its
commands through `realtime.socket_commands.command_table.command` and its messages here.
"""

from realtime.broadcast.delivery import Source

_sources: list[Source] = []


def provide_messages(source: Source) -> None:
    """Name the source that students' connections replay and catch up from."""
    _sources[:] = [source]


def messages() -> Source | None:
    """Return the source of numbered messages, if there is one."""
    return _sources[0] if _sources else None
