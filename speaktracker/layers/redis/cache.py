"""Django's cache on the Redis that the channel layer uses, also where Sentinel knows the way."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from speaktracker.layers.redis.address import RedisAddress, parse

_TIMEOUTS = {"socket_timeout": 1, "socket_connect_timeout": 1}
# Where nobody answers the caller goes on without; redis-py would ask a sentinel for seconds.
_ONCE = {"retry": Retry(NoBackoff(), 0)}


def redis_cache(url: str) -> dict[str, Any]:
    """Configure `CACHES["default"]` for `url`; ValueError or OSError says what is wrong with it."""
    address = parse(url)
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://" if address.master else url,
        "KEY_PREFIX": "speaktracker",
        "OPTIONS": _TIMEOUTS | (_through_sentinel(address, url) if address.master else {}),
    }


def _through_sentinel(address: RedisAddress, url: str) -> dict[str, Any]:
    tls: dict[str, Any] = {}
    if address.tls is not None:
        options = parse_qsl(urlsplit(url).query)
        tls = {"ssl": True} | {key: value for key, value in options if key.startswith("ssl_")}
    sentinel_login = _login(address.sentinel_login.username, address.sentinel_login.password)
    sentinels = Sentinel(  # type: ignore[no-untyped-call]
        address.hosts, sentinel_kwargs=_TIMEOUTS | _ONCE | sentinel_login | tls
    )
    pool = {"pool_class": SentinelConnectionPool, "service_name": address.master}
    return (
        pool
        | {"sentinel_manager": sentinels}
        | _login(address.login.username, address.login.password)
        | tls
    )


def _login(username: str, password: str) -> dict[str, str]:
    return {key: word for key, word in (("username", username), ("password", password)) if word}
