"""The keys of FIELD_ENCRYPTION_KEYS: the first encrypts, every one decrypts."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured

from speaktracker import env

VARIABLE = "FIELD_ENCRYPTION_KEYS"
KEY_BYTES = 32
# Stands first in the list to have texts stored as they are, and the encrypted ones still read.
PLAIN = "plain"
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_CHECK_LABEL = b"speaktracker field key"
_CHECK_BYTES = 6


class FieldKey:
    """One key. Its `name` is its id, a dot and a check value, by which a wrong one is known."""

    __slots__ = ("cipher", "name")

    def __init__(self, key_id: str, secret: bytes) -> None:
        """Take a key of 32 bytes under its operator's id."""
        check = hmac.digest(secret, _CHECK_LABEL, hashlib.sha256)[:_CHECK_BYTES]
        self.name = f"{key_id}.{base64.urlsafe_b64encode(check).decode()}"
        self.cipher = AESGCM(secret)

    def __repr__(self) -> str:
        return f"<FieldKey {self.name}>"


class KeyList:
    """The keys by name; `newest` encrypts, None where new texts are stored as they are."""

    def __init__(self, newest: FieldKey | None, keys: Sequence[FieldKey]) -> None:
        self.newest = newest
        self._by_name = {key.name: key for key in keys}

    @property
    def newest_name(self) -> str:
        """Name the newest key as rows do; empty where texts are stored as they are."""
        return self.newest.name if self.newest else ""

    @property
    def names(self) -> list[str]:
        """Name every key, newest first."""
        return list(self._by_name)

    def find(self, name: str) -> FieldKey | None:
        """Find a key by its name."""
        return self._by_name.get(name)


def key_list_from_environment() -> KeyList:
    """Read the list; raises ImproperlyConfigured, with the place of what is wrong but no part."""
    entries = env.words("FIELD_ENCRYPTION_KEYS")
    is_plain = entries[:1] == [PLAIN]
    keys: list[FieldKey] = []
    for number, entry in enumerate(entries[is_plain:], 1 + is_plain):
        key = _key(entry, number)
        if key.name.rpartition(".")[0] in {known.name.rpartition(".")[0] for known in keys}:
            raise _refused(number, "has the id of one before it: every key needs its own")
        keys.append(key)
    if is_plain and not keys:
        raise _refused(1, "is `plain` alone: leave the variable out instead")
    return KeyList(None if is_plain or not keys else keys[0], keys)


def _key(entry: str, number: int) -> FieldKey:
    key_id, _, encoded = entry.partition(":")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not _ID.fullmatch(key_id) or len(secret) != KEY_BYTES:
        shape = "must be ID:KEY, an id of letters, digits, `_` and `-`"
        raise _refused(number, f"{shape}, and {KEY_BYTES} random bytes in base64")
    if len(set(secret)) < KEY_BYTES // 2:
        raise _refused(number, "is not random")
    return FieldKey(key_id, secret)


def _refused(number: int, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{VARIABLE}: number {number} of the list {why}.")
