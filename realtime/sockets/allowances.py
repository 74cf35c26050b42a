"""What one user and one connection may send."""

import asyncio
import time
from collections.abc import Callable
from weakref import WeakValueDictionary

from django.conf import settings

from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused
from speaktracker.token_bucket import TokenBucket

REFUSALS_WINDOW_SECONDS = 60


class UserAllowance(TokenBucket):
    """The messages of one user, all their sockets of this process together."""

    __slots__ = ("__weakref__", "_refusals")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        rate = settings.LIMITS.user_messages_per_second
        super().__init__(rate, max(rate, 1), clock)
        self._refusals: list[float] = []

    def count_refusal(self) -> bool:
        """Count a refusal; True when there were too many within a minute."""
        now, most = self._clock(), settings.LIMITS.user_refusals_per_minute
        self._refusals = [*self._refusals, now][-most:]
        return len(self._refusals) == most and now - self._refusals[0] <= REFUSALS_WINDOW_SECONDS


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
