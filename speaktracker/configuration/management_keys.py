"""Who may call the Management API: MANAGEMENT_API_KEYS or MANAGEMENT_API_KEYS_FILE."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from speaktracker import env

VERBS = frozenset({"POST", "GET", "DELETE"})
SECRET_LENGTH = 32
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ManagementKey:
    """A key, and what calls may be signed with it."""

    key_id: str
    secret: str = field(repr=False)
    verbs: frozenset[str] = VERBS


@dataclass(frozen=True, slots=True)
class ManagementAccess:
    """The keys by their ids, none where it is off, and the region that calls are signed for."""

    keys: Mapping[str, ManagementKey]
    region: str


def management_access_from_environment(aws_region: str) -> ManagementAccess:
    """Read who may call, and how; raises ImproperlyConfigured."""
    region = env.text("MANAGEMENT_API_REGION") or aws_region or "us-east-1"
    return ManagementAccess(management_keys_from_environment(), region)


def management_keys_from_environment() -> Mapping[str, ManagementKey]:
    """Read the keys by their ids, none where neither variable is set.

    Raises ImproperlyConfigured, with a sentence that says which key by its place alone: what is
    wrong with it may be that its secret stands where its id should.
    """
    name, listed = "MANAGEMENT_API_KEYS", env.text("MANAGEMENT_API_KEYS")
    if path := env.text("MANAGEMENT_API_KEYS_FILE"):
        if listed:
            raise ImproperlyConfigured(f"Set either {name} or {name}_FILE, not both.")
        name += "_FILE"
        listed = _content(path)
    keys: dict[str, ManagementKey] = {}
    words = [word.strip() for word in re.split(r"[,\n]", listed) if word.strip()]
    for place, word in enumerate(words, 1):
        key = _key(word, f"{name}: key number {place}")
        if key.key_id in keys:
            raise ImproperlyConfigured(f"{name}: key number {place} has the id of another.")
        keys[key.key_id] = key
    if path and not keys:
        raise ImproperlyConfigured(f"{name} names a file without a key.")
    return keys


def _content(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise ImproperlyConfigured(
            "MANAGEMENT_API_KEYS_FILE must name a file of text that the server may read."
        ) from None


def _key(word: str, which: str) -> ManagementKey:
    key_id, *rest = word.split(":")
    if len(rest) not in (1, 2) or not KEY_ID.fullmatch(key_id):
        raise ImproperlyConfigured(f"{which} must be AKID:SECRET or AKID:SECRET:POST+GET+DELETE.")
    secret = rest[0]
    if len(secret) < SECRET_LENGTH or not secret.isascii() or not secret.isprintable():
        raise ImproperlyConfigured(
            f"{which} must have a secret of {SECRET_LENGTH} characters (ASCII) or more; "
            "`manage.py new_management_key` makes one."
        )
    verbs = frozenset(rest[1].upper().split("+")) if len(rest) == 2 else VERBS
    if not verbs <= VERBS:
        raise ImproperlyConfigured(f"{which} may be limited to POST, GET and DELETE, joined by +.")
    return ManagementKey(key_id, secret, verbs)
