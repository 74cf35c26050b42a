"""The user pool's public keys, without which nobody's token of it is accepted."""

from collections.abc import Iterator
from http.client import HTTPException

from django.conf import settings

from speaktracker.cognito.signing_keys import fetch, keys_of
from speaktracker.cognito.user_pool_config import UserPoolConfig
from speaktracker.db.outage import reason_of
from speaktracker.doctor.findings import Finding


def check_user_pool() -> Iterator[Finding]:
    """Read the keys as a server does."""
    pool: UserPoolConfig | None = settings.COGNITO
    if pool is None:
        yield Finding("user pool", "off", "COGNITO_USER_POOL_ID is not set.")
        return
    try:
        keys = keys_of(fetch(pool.keys_url))
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        says = (
            f"Its keys cannot be read from {pool.keys_url}: {reason_of(error)}. Check the network, "
            "COGNITO_USER_POOL_ID and COGNITO_JWKS_URL."
        )
        yield Finding("user pool", "failed", says)
        return
    yield Finding("user pool", "ok", f"{pool.keys_url} has {len(keys)} keys.")
