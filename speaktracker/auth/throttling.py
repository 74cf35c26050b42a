"""How often somebody may call: counted in the cache, in this process while the cache is away."""

import base64
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.core.cache import BaseCache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from speaktracker import clock, metrics
from speaktracker.auth import tokens
from speaktracker.exceptions import InvalidCredentials
from speaktracker.layers.redis.cache_breaker import CacheAway, ask_cache
from speaktracker.layers.redis.json_cache import JsonLocMemCache

if TYPE_CHECKING:  # REST framework's views import this module
    from rest_framework.views import APIView

R = TypeVar("R")
WINDOW_SECONDS = 60

_own = JsonLocMemCache("speaktracker.throttling", {})
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
        key = f"{self.name}:{_digest(whose)}"
        return _counted(lambda store: self._wait(store, key))

    def _wait(self, store: BaseCache, key: str) -> float:
        now = clock.epoch()
        start = self._start(store, key, now)
        done = self._increase(store, f"{key}:{start}")
        return max(start + self.seconds - now, 1.0) if done > self.limit else 0.0

    def _start(self, store: BaseCache, key: str, now: float) -> float:
        known = _begun.get(key)
        if known is not None and known <= now < known + self.seconds:
            return known
        start = store.get(key)
        if start is None:
            # `add` keeps the first of two that start a window at the same time.
            start = now if store.add(key, now, self.seconds) else store.get(key, now)
        if not isinstance(start, (int, float)) or abs(now - start) > 2 * self.seconds:
            # Whoever else writes into this Redis must not lock anybody out.
            start = now
            store.set(key, start, self.seconds)
        if len(_begun) >= BEGUN_BOUND:
            _begun.clear()
        _begun[key] = start
        return float(start)

    def _increase(self, store: BaseCache, key: str) -> int:
        try:
            return int(store.incr(key))
        except ValueError:
            store.add(key, 0, self.seconds + 1)
            return int(store.incr(key))


class PerUserThrottle(BaseThrottle):
    """Allow each user so many calls a minute.

    Calls without identity are counted nowhere: a whole school has one address, and what one of
    them sends there must keep nobody else from signing in. Passwords have their own guard.
    """

    name = "rest"
    _seconds = 0.0

    def allow_request(self, request: Request, _view: "APIView") -> bool:
        whose = self.whose(request)
        if whose:
            limit = settings.LIMITS.user_rest_calls_per_minute
            self._seconds = Window(self.name, limit).count(whose)
        return not self._seconds

    def whose(self, request: Request) -> str:
        """Name who is counted; empty for nobody."""
        return f"user.{request.user.pk}" if request.user.is_authenticated else ""

    def wait(self) -> float:
        return math.ceil(self._seconds)


class RefreshThrottle(PerUserThrottle):
    """Allow each user so many refreshes a minute, by the token that the body carries."""

    name = "refresh"

    def whose(self, request: Request) -> str:
        data = request.data
        token = data.get("refresh") if isinstance(data, dict) else None
        try:
            return f"user.{tokens.verify(str(token), 'refresh').user_id}"
        except InvalidCredentials:
            return ""  # the view refuses it, for the price of one signature


class PerAddressThrottle(PerUserThrottle):
    """Allow each address so many calls a minute; only for what nobody needs to take part."""

    name = "address"

    def whose(self, request: Request) -> str:
        return address_of(request)


def address_of(request: Request | HttpRequest) -> str:
    """Return the address a request came from; what a client says of itself counts nothing."""
    return str(request.META.get("REMOTE_ADDR") or "unknown").replace(" ", "")


def _digest(whose: str) -> str:
    """Digest who is counted with SECRET_KEY: keys in the cache tell nobody's address."""
    digest = salted_hmac("speaktracker.throttling", whose, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:15]).decode()


def _counted(use: Callable[[BaseCache], R]) -> R:
    try:
        return ask_cache(use)
    except CacheAway:
        metrics.call_counted_alone()
        return use(_own)
