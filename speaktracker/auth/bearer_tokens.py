"""Access tokens, whoever issued them: every place that takes one verifies it here."""

import hashlib
from collections import OrderedDict
from typing import Any, Final

from django.conf import settings

from speaktracker import clock
from speaktracker.auth import tokens
from speaktracker.auth.credentials import Credentials
from speaktracker.cognito.identification import Identity, identify_in_loop, identify_in_thread
from speaktracker.cognito.pool_tokens import key_id
from speaktracker.cognito.user_pool import UserPool, user_pool
from speaktracker.exceptions import InvalidCredentials

# Whoever calls comes again with the same token for a quarter of an hour.
REMEMBERED: Final = 2_000

# What our own tokens say that were found to be signed by us, by their digests: a signature stays
# good as long as the secrets are the same, all else about a token is looked at each time.
_signed: OrderedDict[tuple[bytes, str, tuple[str, ...]], dict[str, Any]] = OrderedDict()


def verify(token: str) -> Credentials:
    """Verify an access token in a thread that may wait; raises as `verify_in_loop`."""
    pool = pool_of(token)
    if pool is None:
        return _own(token)
    return credentials_of_pool(identify_in_thread(pool, token))


def _own(token: str) -> Credentials:
    secrets = settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS)
    known = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest(), *secrets
    claims = _signed.get(known)
    if claims is None:
        claims = _signed[known] = tokens.read(token)
        while len(_signed) > REMEMBERED:
            _signed.popitem(last=False)
        return tokens.credentials_in(claims)
    try:
        clock.check_times(claims)
    except ValueError as error:
        raise InvalidCredentials("the token is not valid") from error
    return tokens.credentials_in(claims)


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
