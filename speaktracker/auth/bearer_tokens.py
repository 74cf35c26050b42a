"""Access tokens, whoever issued them: every place that takes one verifies it here."""

from speaktracker.auth import tokens
from speaktracker.auth.credentials import Credentials
from speaktracker.cognito.identification import Identity, identify_in_loop, identify_in_thread
from speaktracker.cognito.pool_tokens import key_id
from speaktracker.cognito.user_pool import UserPool, user_pool


def verify(token: str) -> Credentials:
    """Verify an access token in a thread that may wait; raises as `verify_in_loop`."""
    pool = pool_of(token)
    if pool is None:
        return tokens.verify(token)
    return credentials_of_pool(identify_in_thread(pool, token))


async def verify_in_loop(token: str) -> Credentials:
    """Verify an access token without holding up the event loop.

    Raises InvalidCredentials; of a user pool's token also NoRole and Unavailable.
    """
    pool = pool_of(token)
    if pool is None:
        return tokens.verify(token)
    return credentials_of_pool(await identify_in_loop(pool, token))


def pool_of(token: str) -> UserPool | None:
    """Return the user pool that may have signed `token`, None for what only we can have signed.

    The two never take each other's: ours are HS256 alone, a pool's RS256 alone.
    """
    pool = user_pool()
    return pool if pool is not None and key_id(token) is not None else None


def credentials_of_pool(identity: Identity) -> Credentials:
    """Hold a pool's token to the person's version of now, which it did not see end."""
    user, claims = identity
    return Credentials(user.pk, user.credentials_version, claims.expires_at, pool_claims=claims)
