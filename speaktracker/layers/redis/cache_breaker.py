"""The cache, asked only while it answers: an outage costs the first caller a wait, nobody else."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import DEFAULT_CACHE_ALIAS, BaseCache, caches
from redis.exceptions import RedisClusterException, RedisError

logger = logging.getLogger(__name__)

R = TypeVar("R")
AWAY = (RedisError, RedisClusterException, OSError)
# How often an outage is looked at, by a thread of its own: nobody waits for that.
PAUSE_SECONDS = 1.0
# A question that waits for so long makes the cache suspect: until it is answered nobody asks more.
SUSPECT_SECONDS = 0.25


_shared: tuple[object, BaseCache] | None = None


class CacheAway(Exception):
    """The cache does not answer, or is known not to; who asked goes on without it."""


class CacheBreaker:
    """Stands before the cache of a process; it `is_open` while the cache is away.

    The log says when that begins, with the reason, and when it ends.
    """

    def __init__(self) -> None:
        self.is_open = False
        self._lock = threading.Lock()
        self._asked_at: dict[object, float] = {}

    def ask(self, action: Callable[[BaseCache], R]) -> R:
        """Return what `action` makes of the cache; CacheAway, at once where that is known."""
        question = object()
        with self._lock:
            if self.is_open or self._is_suspect():
                raise CacheAway
            self._asked_at[question] = time.monotonic()
        try:
            return action(_shared_cache())
        except AWAY as error:
            self._open(error)
            raise CacheAway from error
        finally:
            with self._lock:
                del self._asked_at[question]

    def close(self) -> None:
        """Let the cache be asked again; harmless to repeat."""
        with self._lock:
            if self.is_open:
                logger.info("The cache is back, calls of all processes are counted together.")
            self.is_open = False

    def _is_suspect(self) -> bool:
        oldest = next(iter(self._asked_at.values()), None)
        return oldest is not None and time.monotonic() - oldest > SUSPECT_SECONDS

    def _open(self, reason: Exception) -> None:
        with self._lock:
            was_open, self.is_open = self.is_open, True
        if not was_open:
            logger.warning("The cache is away, calls are counted in this process: %s", reason)
            threading.Thread(target=self._wait, name="cache-breaker", daemon=True).start()

    def _wait(self) -> None:
        store: Any = _shared_cache()
        while self.is_open:
            time.sleep(PAUSE_SECONDS)
            try:
                store.probe()
            except AWAY:
                continue
            self.close()


breaker = CacheBreaker()


def ask_cache(action: Callable[[BaseCache], R]) -> R:
    """Return what `action` makes of the shared cache; raises CacheAway. Every use of it is here."""
    return breaker.ask(action)


def _shared_cache() -> BaseCache:
    """Return one cache, with one pool of connections, for all threads: ours takes them all.

    Django's own door makes one for each context, so for each call of the API.
    """
    global _shared  # noqa: PLW0603 - of this process
    held, settings = _shared, caches.settings  # a new object once the settings change
    if held is None or held[0] is not settings:
        _shared = held = settings, caches.create_connection(DEFAULT_CACHE_ALIAS)
    return held[1]
