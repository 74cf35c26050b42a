"""The public keys of a pool: fetched beside the event loop, kept, and never asked for in a flood.

PyJWT's own client fetches while it holds a lock that every verification takes, reads a body of any
length, and forgets its keys when a refresh fails after they are five minutes old.
"""

import json
import logging
import math
import threading
import time
import urllib.request
from collections.abc import Mapping
from concurrent.futures import Future
from http.client import HTTPException
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings

from speaktracker import metrics
from speaktracker.exceptions import InvalidCredentials, Unavailable

logger = logging.getLogger(__name__)

KEEP_FRESH_SECONDS = 300
# A pool that cannot be asked for a day may have withdrawn a key meanwhile.
TRUSTED_SECONDS = 24 * 60 * 60
CONNECT_SECONDS = 2.0
FETCH_SECONDS = 4.0  # for the whole body, which a slow server may send in drops
BODY_BYTES = 64 * 1024
KEY_BITS = 2048

Keys = Mapping[str, RSAPublicKey]


class SigningKeys:
    """The keys behind one address; may be used from any thread, and waits in none."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._keys: Keys = {}
        self._fetched_at = -math.inf
        self._sought_at = -math.inf
        self._fetching: Future[None] | None = None
        self._is_failing = False

    @property
    def age(self) -> float:
        """Say how long ago the keys were read, in seconds; infinite before the first time."""
        return time.monotonic() - self._fetched_at

    def find(self, kid: str) -> RSAPublicKey | None:
        """Return the key of that id, None where it is not known (any longer)."""
        return self._keys.get(kid) if self.age < TRUSTED_SECONDS else None

    def missing(self) -> Exception:
        """Make the error for a key that is not known: cannot be asked for, or is not there."""
        if self._is_failing or self.age >= TRUSTED_SECONDS:
            return Unavailable("the keys of the user pool cannot be read")
        return InvalidCredentials("the user pool has no such key")

    def refresh(self) -> Future[None]:
        """Fetch the keys, or join who does already; the future never fails."""
        with self._lock:
            if self._fetching is None:
                self._fetching = Future()
                self._fetching.set_running_or_notify_cancel()  # nobody who waits can cancel it
                # A daemon: a server that sends a byte a second must not hold up the process's end.
                args = (self._fetching,)
                threading.Thread(target=self._fetch, args=args, daemon=True).start()
            return self._fetching

    def seek(self) -> Future[None] | None:
        """Fetch because of a key that is not known; None when that was tried a moment ago.

        Whoever makes up key ids so has the pool asked once a pause, and nobody wait in between.
        """
        with self._lock:
            if self._fetching is not None:
                return self._fetching
            now = time.monotonic()
            if now < self._sought_at + settings.LIMITS.cognito_keys_pause_seconds:
                return None
            self._sought_at = now
        return self.refresh()

    def _fetch(self, done: Future[None]) -> None:
        try:
            self._keys = keys_of(fetch(self._url))
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            metrics.cognito_keys_fetched("error")
            if not self._is_failing:
                logger.warning("The keys of the user pool cannot be read: %s", error)
            self._is_failing = True
        else:
            metrics.cognito_keys_fetched("success")
            if self._is_failing:
                logger.info("The keys of the user pool can be read again.")
            self._is_failing = False
            self._fetched_at = time.monotonic()
        finally:
            with self._lock:
                self._fetching = None
            done.set_result(None)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow nobody: the keys are where the operator said, or nowhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect())


def fetch(url: str) -> bytes:
    """Read at most BODY_BYTES within FETCH_SECONDS; raises OSError, HTTPException, ValueError."""
    ends_at = time.monotonic() + FETCH_SECONDS
    with _opener.open(url, timeout=CONNECT_SECONDS) as answer:
        body = b""
        while part := answer.read1(BODY_BYTES):
            body += part
            if len(body) > BODY_BYTES:
                raise ValueError("the answer is too long")
            if time.monotonic() > ends_at:
                raise TimeoutError("the answer takes too long")
    return body


def keys_of(body: bytes) -> Keys:
    """Read the RSA signing keys of a JWKS by their ids; raises ValueError when it has none."""
    document = json.loads(body)
    listed = document.get("keys") if isinstance(document, dict) else None
    found: dict[str, RSAPublicKey] = {}
    for entry in listed if isinstance(listed, list) else ():
        key = key_of(entry) if isinstance(entry, dict) else None
        if key is not None and isinstance(kid := entry.get("kid"), str):
            found[kid] = key
    if not found:
        raise ValueError("the answer holds no RSA signing key")
    return found


def key_of(entry: dict[str, Any]) -> RSAPublicKey | None:
    """Read one key; None for one of another kind, of another use, too short or broken."""
    if entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return None
    try:
        key = jwt.PyJWK(entry, "RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= KEY_BITS else None
