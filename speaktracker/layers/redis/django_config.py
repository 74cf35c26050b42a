"""Settings of what stands on a Redis address: the channel layer of choice, and Django's cache."""

import socket
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import redis.asyncio.retry
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnection
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from speaktracker.layers.redis.address import Login, RedisAddress, parse

_CACHES: Final = "speaktracker.layers.redis.json_cache"
_TIMEOUTS: Final = {"socket_timeout": 1, "socket_connect_timeout": 1}
# Where nobody answers the caller goes on without; redis-py would ask a sentinel for seconds.
_ONCE: Final = {"retry": Retry(NoBackoff(), 0)}
# A peer that vanished without a word is noticed in about ten seconds; macOS has no first name.
_KEEP_ALIVE: Final = {
    getattr(socket, name): seconds
    for name, seconds in (("TCP_KEEPIDLE", 4), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
}


def channel_layer(kind: str, url: str) -> dict[str, Any]:
    """Configure `CHANNEL_LAYERS["default"]`: `speaktracker`, on no Redis too, or `channels_redis`.

    ValueError or OSError says what is wrong with `url`, ImproperlyConfigured that it is missing.
    """
    if kind == "channels_redis":
        if not url:
            raise ImproperlyConfigured(
                f"CHANNEL_LAYER={kind} needs REDIS_URL, a Redis to publish in."
            )
        if parse(url).cluster:
            raise ImproperlyConfigured(
                f"CHANNEL_LAYER={kind} knows no Redis Cluster: leave CHANNEL_LAYER out, or have "
                "REDIS_URL lead to a single Redis."
            )
        config = {"hosts": [channels_redis_host(url)], "prefix": "speaktracker."}
        return {"BACKEND": "speaktracker.layers.redis.stock_layer.StockLayer", "CONFIG": config}
    return {"BACKEND": "speaktracker.layers.ClassroomLayer", "CONFIG": {"redis_url": url}}


def django_cache(url: str, prefix: str) -> dict[str, Any]:
    """Configure `CACHES["default"]`, in this process without a `url`; errors as `channel_layer`.

    Every key begins with `prefix` and a colon.
    """
    if not url:
        return {"BACKEND": f"{_CACHES}.JsonLocMemCache", "KEY_PREFIX": prefix}
    address = parse(url)
    options: dict[str, Any] = dict(_TIMEOUTS)
    if address.cluster:
        return {
            "BACKEND": "speaktracker.layers.redis.cluster.cluster_cache.JsonClusterCache",
            "LOCATION": address.hosts,
            "KEY_PREFIX": prefix,
            "OPTIONS": options | _login(address.login) | _tls(address, url),
        }
    if address.master:
        sentinels = Sentinel(  # type: ignore[no-untyped-call]
            address.hosts, sentinel_kwargs=_sentinel_options(address, url) | _ONCE
        )
        options |= {"pool_class": SentinelConnectionPool, "service_name": address.master}
        options |= {"sentinel_manager": sentinels} | _login(address.login) | _tls(address, url)
    return {
        "BACKEND": f"{_CACHES}.JsonRedisCache",
        "LOCATION": "redis://" if address.master else url,
        "KEY_PREFIX": prefix,
        "OPTIONS": options,
    }


def channels_redis_host(url: str) -> dict[str, Any]:
    """Describe the Redis at `url` as channels-redis takes it; errors as `channel_layer`.

    An idle connection that the other side has dropped costs one more try, never an event.
    """
    address = parse(url)
    host: dict[str, Any] = _TIMEOUTS | {
        "socket_keepalive": True,
        "socket_keepalive_options": _KEEP_ALIVE,
        "health_check_interval": 10,
        "max_connections": 10,
        "retry": redis.asyncio.retry.Retry(NoBackoff(), 1, supported_errors=(LostConnection,)),
    }
    if not address.master:
        return host | {"address": url}
    once = redis.asyncio.retry.Retry(NoBackoff(), 0)
    return (
        host
        | {"master_name": address.master, "sentinels": address.hosts}
        | {"sentinel_kwargs": _sentinel_options(address, url) | {"retry": once}}
        | _login(address.login)
        | _tls(address, url)
    )


def _sentinel_options(address: RedisAddress, url: str) -> dict[str, Any]:
    return _TIMEOUTS | _login(address.sentinel_login) | _tls(address, url)


def _login(login: Login) -> dict[str, str]:
    words = (("username", login.username), ("password", login.password))
    return {key: word for key, word in words if word}


def _tls(address: RedisAddress, url: str) -> dict[str, Any]:
    if address.tls is None:
        return {}
    options = parse_qsl(urlsplit(url).query)
    return {"ssl": True} | {key: value for key, value in options if key.startswith("ssl_")}
