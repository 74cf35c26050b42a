"""The configured user pool, once per process: its keys, and what it answered of its tokens."""

import threading
from concurrent.futures import Future
from functools import lru_cache

from django.conf import settings

from speaktracker.cognito.pool_client import PoolClient
from speaktracker.cognito.pool_standing import PoolStanding
from speaktracker.cognito.pool_tokens import PoolClaims, key_id, verified
from speaktracker.cognito.signing_keys import KEEP_FRESH_SECONDS, SigningKeys
from speaktracker.cognito.user_pool_config import UserPoolConfig
from speaktracker.exceptions import InvalidCredentials


class UserPool:
    """What a process knows of the pool; may be used from any thread, and waits in none."""

    def __init__(self, config: UserPoolConfig) -> None:
        self.config = config
        self.keys = SigningKeys(config.keys_url)
        self.standing = PoolStanding(PoolClient(config))

    def claims(self, token: str) -> PoolClaims | None:
        """Verify `token`; None where its key is not known. Raises InvalidCredentials."""
        kid = key_id(token)
        if kid is None:
            raise InvalidCredentials("the token is not signed as the pool does")
        key = self.keys.find(kid)
        return None if key is None else verified(token, key, self.config)

    def check(self, claims: PoolClaims) -> Future[None] | None:
        """Raise InvalidCredentials for a token that the pool has ended.

        Where its word is due the pool is asked: then what brings it is returned.
        """
        return None if self.config.check == "off" else self.standing.check(claims)


def user_pool() -> UserPool | None:
    """Return the pool of the settings, None where Cognito is not used."""
    config: UserPoolConfig | None = settings.COGNITO
    if config is None:
        return None
    # Two that ask first at the same time must not make two pools, each with keys of its own.
    with _making:
        return _made(config)


_making = threading.Lock()
_made = lru_cache(maxsize=8)(UserPool)


async def keep_keys_fresh() -> None:
    """Read the pool's keys at the start and every few minutes, so that nobody waits for them."""
    pool = user_pool()
    if pool is not None and pool.keys.age >= KEEP_FRESH_SECONDS:
        pool.keys.refresh()
