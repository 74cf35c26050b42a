"""How often somebody may call: counted in the cache, in this process while the cache is away."""

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.core.cache import BaseCache, cache
from django.core.cache.backends.locmem import LocMemCache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from speaktracker import metrics

if TYPE_CHECKING:  # REST framework's views import this module
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

R = TypeVar("R")
WINDOW_SECONDS = 60
# A cache that hangs costs who asks it a second: while it is away one call a pause does.
PAUSE_SECONDS = 2.0

_own = LocMemCache("speaktracker.throttling", {})
# When windows began that this process has met: asking the cache each time would double its work.
_begun: dict[str, float] = {}
BEGUN_BOUND = 10_000


class Window:
    """Counts what somebody did within `seconds` of the first; more than `limit` is too much."""

    def __init__(self, name: str, limit: int, seconds: int = WINDOW_SECONDS) -> None:
        self.name = name
        self.limit = limit
        self.seconds = seconds

    def count(self, whose: str) -> float:
        """Count one; return 0.0, or the seconds until the next may pass."""
        return _counted(lambda store: self._wait(store, whose, 1))

    def peek(self, whose: str) -> float:
        """Count nothing; return 0.0, or the seconds until the next may pass."""
        return _counted(lambda store: self._wait(store, whose, 0))

    def _wait(self, store: BaseCache, whose: str, amount: int) -> float:
        key = f"{self.name}:{whose}"
        now = time.time()
        start = self._start(store, key, now)
        done = self._increase(store, f"{key}:{start}", amount)
        too_many = done > self.limit if amount else done >= self.limit
        return max(start + self.seconds - now, 1.0) if too_many else 0.0

    def _start(self, store: BaseCache, key: str, now: float) -> float:
        known = _begun.get(key)
        if known is not None and known <= now < known + self.seconds:
            return known
        start = store.get(key)
        if start is None:
            # `add` keeps the first of two that start a window at the same time.
            start = now if store.add(key, now, self.seconds) else store.get(key, now)
        if len(_begun) >= BEGUN_BOUND:
            _begun.clear()
        _begun[key] = start
        return float(start)

    def _increase(self, store: BaseCache, key: str, amount: int) -> int:
        if not amount:
            return int(store.get(key, 0))
        try:
            return int(store.incr(key, amount))
        except ValueError:
            store.add(key, 0, self.seconds + 1)
            return int(store.incr(key, amount))


class Outage:
    """Knows whether the cache is away, and says in the log when that begins and when it ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_on = False
        self._ask_again_at = 0.0

    def may_ask(self) -> bool:
        """Tell whether this call is to try the cache."""
        if not self._is_on:
            return True
        with self._lock:
            if (now := time.monotonic()) < self._ask_again_at:
                return False
            self._ask_again_at = now + PAUSE_SECONDS
            return True

    def begin(self, reason: Exception) -> None:
        """Note that the cache did not answer; harmless to repeat."""
        with self._lock:
            self._ask_again_at = time.monotonic() + PAUSE_SECONDS
            if not self._is_on:
                self._is_on = True
                logger.warning("The cache is away, calls are counted in this process: %s", reason)

    def end(self) -> None:
        """Note that the cache answered; harmless to repeat."""
        if not self._is_on:
            return
        with self._lock:
            if self._is_on:
                self._is_on = False
                logger.info("The cache is back, calls of all processes are counted together.")


outage = Outage()


class PerUserThrottle(BaseThrottle):
    """Allow each user, and each address nobody signed in from, so many calls a minute."""

    def allow_request(self, request: Request, _view: "APIView") -> bool:
        user = request.user
        whose = f"user.{user.pk}" if user.is_authenticated else f"address.{address_of(request)}"
        self._seconds = Window("rest", settings.LIMITS.user_rest_calls_per_minute).count(whose)
        return not self._seconds

    def wait(self) -> float:
        return math.ceil(self._seconds)


def address_of(request: Request) -> str:
    """Return the address a request came from; what a client says of itself counts nothing."""
    return str(request.META.get("REMOTE_ADDR") or "unknown").replace(" ", "")


def _counted(use: Callable[[BaseCache], R]) -> R:
    if outage.may_ask():
        try:
            result = use(cache)
        except (RedisError, OSError) as error:
            outage.begin(error)
        else:
            outage.end()
            return result
    metrics.call_counted_alone()
    return use(_own)
