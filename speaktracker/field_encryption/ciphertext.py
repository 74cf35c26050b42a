"""Ciphertexts: what stands in the database for a text, bound to the record that it belongs to.

    \\x02enc1:KEY:OWNER:BINDING:BODY

KEY names the key, OWNER is whose the record is, BINDING a digest of the field, the record and the
address it is for, BODY the nonce (12 random bytes) and what AES-256-GCM made of the text, in
base64. All before BODY is authenticated with it. So a ciphertext that was taken to another record
still shows itself to be whole, and is told apart from one that was damaged.

No text that people write begins so: `text.normal_text` removes control characters.
"""

import base64
import binascii
import hashlib
import os
from typing import NamedTuple

from cryptography.exceptions import InvalidTag

from speaktracker.field_encryption.key_list import FieldKey, KeyList

MARK = "\x02enc1:"
NONCE_BYTES = 12
_BINDING_BYTES = 16


class UnreadableText(Exception):
    """A text that is stored encrypted cannot be read; the subclasses say why.

    `reason` is a word for a metric.
    """

    reason = "unreadable"


class UnknownKey(UnreadableText):
    """It is encrypted with a key that is not in FIELD_ENCRYPTION_KEYS."""

    reason = "unknown_key"


class DamagedText(UnreadableText):
    """It is not what was stored."""

    reason = "damaged"


class MovedText(UnreadableText):
    """It is whole, and was stored for another record, field or person."""

    reason = "moved"


class Identity(NamedTuple):
    """What a text belongs to; none of it ever changes."""

    field: str
    record: str
    owner: str
    address: str

    def binding(self) -> str:
        """Digest the field, the record and the address (SHA-256, 16 bytes, base64)."""
        said = "\0".join((self.field, self.record, self.address)).encode()
        digest = hashlib.sha256(said).digest()[:_BINDING_BYTES]
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def encrypt(text: str, identity: Identity, key: FieldKey) -> str:
    """Encrypt a text for the record of `identity`."""
    head = f"{MARK}{key.name}:{identity.owner}:{identity.binding()}:"
    nonce = os.urandom(NONCE_BYTES)
    body = nonce + key.cipher.encrypt(nonce, text.encode(), head.encode())
    return head + base64.urlsafe_b64encode(body).decode()


def is_ciphertext(stored: str) -> bool:
    """Tell a ciphertext from a text that is stored as it is."""
    return stored.startswith(MARK)


def decrypt(stored: str, identity: Identity, keys: KeyList) -> str:
    """Decrypt a ciphertext for the record of `identity`; raises UnreadableText."""
    head, _, encoded = stored.rpartition(":")
    parts = head.removeprefix(MARK).split(":")
    if len(parts) != len(("key", "owner", "binding")):
        raise DamagedText("the ciphertext is incomplete")
    name, owner, binding = parts
    key = keys.find(name)
    if key is None:
        raise UnknownKey("FIELD_ENCRYPTION_KEYS has no such key")
    try:
        body = base64.urlsafe_b64decode(encoded)
        # Base64 takes more than one spelling of the same bytes: only the one that was written.
        if base64.urlsafe_b64encode(body) != encoded.encode():
            raise DamagedText("the ciphertext is not as it was written")
        nonce, encrypted = body[:NONCE_BYTES], body[NONCE_BYTES:]
        text = key.cipher.decrypt(nonce, encrypted, f"{head}:".encode()).decode()
    except (binascii.Error, ValueError, InvalidTag):
        raise DamagedText("the ciphertext is not as it was written") from None
    if (owner, binding) != (identity.owner, identity.binding()):
        raise MovedText("the ciphertext was written for another record")
    return text
