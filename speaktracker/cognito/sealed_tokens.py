"""A token of the pool kept in a row so that only who holds another secret can read it."""

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from speaktracker.cognito.pool_tokens import PoolClaims, unsigned
from speaktracker.cognito.user_pool import user_pool
from speaktracker.exceptions import InvalidCredentials

# A key seals one token, and was made for it: the number that GCM wants once per key may be fixed.
NONCE = bytes(12)


def seal(claims: PoolClaims, key: str) -> bytes:
    """Encrypt a verified token with a `key` of 256 random bits that seals nothing else."""
    return _cipher(key).encrypt(NONCE, claims.token.encode(), None)


def unseal(sealed: bytes | memoryview, key: str) -> PoolClaims:
    """Read again what `seal` sealed, which was verified then; raises InvalidCredentials."""
    pool = user_pool()
    if pool is None:
        raise InvalidCredentials("the user pool is not used any longer")
    try:
        token = _cipher(key).decrypt(NONCE, bytes(sealed), None).decode()
    except InvalidTag:
        raise InvalidCredentials("the token was sealed with another key") from None
    return unsigned(token, pool.config)


def _cipher(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"speaktracker.sealed:" + key.encode()).digest())
