"""What one user and one connection may send."""

import asyncio
import time
from collections.abc import Callable
from weakref import WeakValueDictionary

from django.conf import settings

from realtime.per_process.rates import SlidingWindow, TokenBucket
from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused
from realtime.sockets.shared_allowance import SharedAllowance
from speaktracker.layers.redis.shared_window import SharedWindow

REFUSALS_WINDOW_SECONDS = 60


class UserAllowance:
    """The messages of one user, all their sockets together.

    `take` lets one pass and returns 0.0, or returns the seconds until one may. While other
    processes hold sockets of the user too it is `shared`, which may have to be waited for.
    """

    __slots__ = ("__weakref__", "_clock", "_refusals", "_window", "shared", "take")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._window = SlidingWindow(settings.LIMITS.user_messages_per_second, clock)
        self._refusals: list[float] = []
        self.shared: SharedAllowance | None = None
        self.take = self._window.take

    def share(self, user_id: int, between: SharedWindow | None) -> None:
        """Count together with other processes from now on; with None, here alone."""
        if between is None:
            self.shared, self.take = None, self._window.take
        elif self.shared is None:
            self.shared = SharedAllowance(f"messages.{user_id}", self._window, between)
            self.take = self.shared.take

    def count_refusal(self) -> float:
        """Count a refusal; after too many within a minute, return the seconds it still lasts."""
        now, most = self._clock(), settings.LIMITS.user_refusals_per_minute
        self._refusals = [*self._refusals, now][-most:]
        left = self._refusals[0] + REFUSALS_WINDOW_SECONDS - now
        return left if len(self._refusals) == most and left > 0 else 0.0


def rate_limited(wait_seconds: float) -> MessageRefused:
    """Refuse until `wait_seconds` from now."""
    return MessageRefused(ErrorCode.RATE_LIMITED, retry_after_ms=int(wait_seconds * 1000) + 1)


def bytes_allowance() -> TokenBucket:
    """Make the bucket of bytes of one connection."""
    capacity = settings.LIMITS.connection_bytes_per_minute
    return TokenBucket(capacity / 60, capacity)


def keep(allowance: UserAllowance) -> None:
    """Remember an allowance for a minute after a socket has gone: a reconnect refills nothing."""
    # The timer holds the last reference.
    asyncio.get_running_loop().call_later(REFUSALS_WINDOW_SECONDS, lambda: allowance)


_allowances: WeakValueDictionary[int, UserAllowance] = WeakValueDictionary()


def allowance_of(user_id: int) -> UserAllowance:
    """Find the allowance that a user's sockets share while any of them lives."""
    allowance = _allowances.get(user_id)
    if allowance is None:
        allowance = _allowances[user_id] = UserAllowance()
    return allowance
