"""One installation of those that share a Redis: its topics and keys, and what signs its events."""

import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from django.conf import settings
from siphashc import siphash

from speaktracker.layers.redis.address import parse

SIGNATURE_LENGTH: Final = 8
_KEY_LENGTH: Final = 16
# A release that changes what its events look like changes this: then old and new do not hear each
# other, which is better than to misread.
_LABEL: Final = "speaktracker installation 1"


@dataclass(frozen=True, slots=True)
class Installation:
    """A name, `STACK:digest`, and the key of all processes that have the same secret.

    STACK holds no colon, so `STACK:*` in Redis' access lists means one STACK alone.
    """

    name: str
    key: bytes = field(repr=False)

    def sign(self, topic: bytes, body: bytes | memoryview) -> bytes:
        """Return the SipHash-2-4 of `body` published on `topic`, of SIGNATURE_LENGTH bytes.

        A hash of the SHA or BLAKE families, called once per event, is three times as slow.
        """
        # No topic holds a zero byte: what is signed for one can never pass for another's.
        return siphash(self.key, topic + b"\0" + body).to_bytes(SIGNATURE_LENGTH, "little")

    def is_signed(self, topic: bytes, signature: bytes, body: bytes | memoryview) -> bool:
        """Tell whether `signature` is what `sign` returns, in constant time."""
        return hmac.compare_digest(signature, self.sign(topic, body))


@lru_cache
def installation(stack: str, secret: str, redis_url: str) -> Installation:
    """Derive what `stack` and `secret` stand for in the database of `redis_url` (empty: none).

    Pub/sub knows no database numbers, so the number is part of it: `/0` and `/4` are two.
    """
    database = parse(redis_url).database if redis_url else 0

    def derived(what: str) -> bytes:
        label = f"{_LABEL}\0{what}\0{stack}\0{database}"
        return hmac.digest(secret.encode(), label.encode(), "sha256")

    return Installation(f"{stack}:{derived('name')[:8].hex()}", derived("key")[:_KEY_LENGTH])


def here() -> tuple[Installation, ...]:
    """Name this installation, and behind it those of SECRET_KEY_FALLBACKS, which are heard too."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return tuple(installation(settings.STACK, secret, settings.REDIS_URL) for secret in secrets)


def key_prefix() -> str:
    """Return how every key that this installation keeps in Redis begins, with its last colon."""
    return f"{here()[0].name}:"
