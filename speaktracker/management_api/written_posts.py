"""Which posts a process has written lately, so that one that is sent again is written once.

The SDKs repeat a call by themselves, under the same invocation id, when its answer was lost.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

BOUND = 5_000


class WrittenPosts:
    """The posts of one event loop that may be repeated, the oldest forgotten first."""

    def __init__(self) -> None:
        self._outcomes: OrderedDict[str, asyncio.Future[bool]] = OrderedDict()

    async def write(
        self, name: str, is_repeated: bool, write: Callable[[], Awaitable[bool]]
    ) -> bool:
        """Await `write` unless the post called `name` was written before; True when it stands."""
        earlier = self._outcomes.get(name) if is_repeated else None
        if earlier is not None and await asyncio.shield(earlier):
            return True
        outcome: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._outcomes[name] = outcome
        self._outcomes.move_to_end(name)
        if len(self._outcomes) > BOUND:
            self._outcomes.popitem(last=False)
        success = False
        try:
            success = await write()
        finally:
            outcome.set_result(success)
        return success


_posts: WeakKeyDictionary[asyncio.AbstractEventLoop, WrittenPosts] = WeakKeyDictionary()


def written_posts() -> WrittenPosts:
    """Return those of the running event loop."""
    return _posts.setdefault(asyncio.get_running_loop(), WrittenPosts())
