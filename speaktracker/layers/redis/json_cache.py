"""Django's cache with values in JSON, in Redis or in this process: nobody else's code is ever run.

Values are None, booleans, numbers, strings, lists and dicts with keys of strings. What is in Redis
but unreadable, whoever wrote it, counts as absent.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn, cast

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.exceptions import MovedError, ReadOnlyError, ResponseError

from speaktracker.layers.redis.address import NEEDS_CLUSTER_URL

LONGEST_VALUE: Final = 65_536
_ABSENT: Final = object()
_INCREASE: Final = """
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
return redis.pcall('INCRBY', KEYS[1], ARGV[1])
"""
_Key = str | bytes | memoryview
# What Redis says of a value that is not of the kind a command is for.
_FOREIGN: Final = ("WRONGTYPE", "value is not an integer", "increment or decrement would overflow")


class JsonSerializer:
    """Write and read values; integers stay as they are, so that Redis can count them."""

    def dumps(self, value: Any) -> int | bytes:
        """Write `value`; TypeError or ValueError when it is of another kind, or too long."""
        if type(value) is int:
            return value
        written = json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
        if len(written) > LONGEST_VALUE:
            raise ValueError(f"A value in the cache has at most {LONGEST_VALUE} bytes.")
        return written

    def loads(self, written: bytes) -> Any:
        """Read what `dumps` wrote; `_ABSENT` when nobody could have written it with that."""
        if len(written) > LONGEST_VALUE:
            return _ABSENT
        try:
            value = json.loads(written, parse_constant=_refuse)
        except (ValueError, RecursionError):
            return _ABSENT
        if isinstance(value, float) and not math.isfinite(value):
            return _ABSENT
        return _ABSENT if isinstance(value, int) and value.bit_length() > 63 else value


class MasterClient(Redis):
    """redis-py's client, which leaves a demoted master when that refuses to write."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Do as redis-py does; a refusal costs one more try on a new connection.

        ConnectionError where it is a node of a cluster, which only has some of the keys.
        """
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except MovedError as error:
            raise ConnectionError(
                f"it belongs to a Redis Cluster ({error}): {NEEDS_CLUSTER_URL}"
            ) from error
        except ReadOnlyError:
            # The idle ones: those in use meet the refusal themselves.
            self.connection_pool.disconnect(inuse_connections=False)
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]


class JsonCacheClient(RedisCacheClient):
    """Django's client, for which unreadable values are absent."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._client = MasterClient
        self._clients: dict[Any, Any] = {}

    def get_client(self, _key: _Key | None = None, *, write: bool = False) -> Any:
        """Give one client of each pool again and again: Django makes one for each call."""
        pool: Any = cast(Any, self)._get_connection_pool(write)
        if pool not in self._clients:
            self._clients[pool] = self._client(connection_pool=pool)
        return self._clients[pool]

    def set_many(self, data: Mapping[_Key, Any], timeout: Any) -> None:
        """Set each key of `data`, one after the other."""
        for key, value in data.items():
            self.set(key, value, timeout)

    def add(self, key: _Key, value: Any, timeout: Any) -> bool:
        """Set `key` unless it has a readable value; tell whether that was done."""
        if super().add(key, value, timeout):
            return True
        if self.has_key(key):
            return False
        self.set(key, value, timeout)
        return True

    def get(self, key: _Key, default: Any) -> Any:
        """Return the value of `key`, `default` when it has no readable one."""
        try:
            found = super().get(key, _ABSENT)
        except ResponseError as error:
            _raise_unless_foreign(error)
            found = _ABSENT
        return default if found is _ABSENT else found

    def get_many(self, keys: Iterable[_Key]) -> dict[_Key, Any]:
        """Return the readable values of `keys`."""
        return {key: value for key, value in super().get_many(keys).items() if value is not _ABSENT}

    def has_key(self, key: _Key) -> bool:
        """Tell whether `key` has a readable value."""
        return self.get(key, _ABSENT) is not _ABSENT

    def incr(self, key: _Key, delta: int) -> int:
        """Add `delta` to the integer at `key`, and return it; ValueError when there is none.

        Redis is asked once, where Django asks first whether there is one.
        """
        try:
            increased = self.get_client(key, write=True).eval(_INCREASE, 1, key, delta)
        except ResponseError as error:
            _raise_unless_foreign(error)
            self.delete(key)
            increased = None
        if increased is None:
            raise ValueError(f"Key {key!r} holds no integer.")
        return int(increased)


class JsonRedisCache(RedisCache):
    """Django's cache in Redis; `clear` leaves what belongs to other installations."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        options = {"serializer": JsonSerializer, **params.get("OPTIONS", {})}
        super().__init__(server, params | {"OPTIONS": options})
        self._class = JsonCacheClient

    def probe(self) -> None:
        """Write something, since a demoted master still answers; raises as any use of it does."""
        self.set("cache-breaker", 1, 10)

    def clear(self) -> None:
        """Delete every key that begins with KEY_PREFIX."""
        client = self._cache.get_client(None, write=True)
        for key in client.scan_iter(match=f"{self.key_prefix}:*", count=1_000):
            client.delete(key)


class JsonLocMemCache(LocMemCache):
    """Django's cache in this process, for the same values as in Redis."""

    _serializer = JsonSerializer()

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> bool:
        """Set `key` unless it has a value; tell whether that was done."""
        return super().add(key, self._serializer.dumps(value), timeout, version)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        """Return the value of `key`, else `default`."""
        found = super().get(key, _ABSENT, version)
        if found is _ABSENT:
            return default
        return self._serializer.loads(found) if isinstance(found, bytes) else found

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> None:
        """Set `key`; a `timeout` is in seconds."""
        super().set(key, self._serializer.dumps(value), timeout, version)

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """Add `delta` to the integer at `key`, and return it; ValueError when there is none."""
        try:
            return super().incr(key, delta, version)
        except TypeError:
            self.delete(key, version)
            raise ValueError(f"Key {key!r} holds no integer.") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _raise_unless_foreign(error: ResponseError) -> None:
    if not str(error).startswith(_FOREIGN):
        raise error
