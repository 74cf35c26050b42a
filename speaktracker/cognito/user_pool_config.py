"""Which user pool may vouch for people; a wrong value of the environment stops the start."""

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from speaktracker import env

TOKEN_USES = ("id", "access")
_POOL_ID = re.compile(r"[\w-]{1,55}_[0-9a-zA-Z]+", re.ASCII)
_CLIENT_ID = re.compile(r"[\w+]{1,128}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")
# boto3 reads them by itself; its own names for the address of an emulator.
_BOTO3_ENDPOINTS = ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL")


@dataclass(frozen=True, slots=True)
class UserPoolConfig:
    """A pool and the app clients whose tokens count; an empty `endpoint` leaves it to boto3.

    `check` is what the pool is asked about tokens that verified: `users`, `tokens` or `off`.
    """

    pool_id: str
    region: str
    client_ids: tuple[str, ...]
    jwks_url: str = ""
    endpoint: str = ""
    token_uses: tuple[str, ...] = TOKEN_USES
    check: str = "users"

    @property
    def issuer(self) -> str:
        """Name the pool as its tokens do."""
        return f"https://cognito-idp.{self.region}.amazonaws.com/{self.pool_id}"

    @property
    def keys_url(self) -> str:
        """Give the address of the pool's public keys."""
        return self.jwks_url or f"{self.issuer}/.well-known/jwks.json"


def user_pool_from_environment(aws_region: str) -> UserPoolConfig | None:
    """Read the pool, None where none is named; raises ImproperlyConfigured."""
    pool_id = env.text("COGNITO_USER_POOL_ID")
    client_ids = tuple(env.words("COGNITO_CLIENT_ID"))
    jwks_url = env.url("COGNITO_JWKS_URL", ("https", "http"))
    endpoint = env.url("COGNITO_ENDPOINT_URL", ("https", "http"))
    token_uses = tuple(env.words("COGNITO_TOKEN_USE", "id,access"))
    check = env.choice("COGNITO_CHECK", "users", ("users", "tokens", "off"))
    if not pool_id:
        for name, value in (("COGNITO_CLIENT_ID", client_ids), ("COGNITO_JWKS_URL", jwks_url)):
            if value:
                raise ImproperlyConfigured(f"COGNITO_USER_POOL_ID is missing beside {name}.")
        return None
    if not _POOL_ID.fullmatch(pool_id):
        raise ImproperlyConfigured(
            f"COGNITO_USER_POOL_ID must be such as ap-northeast-2_AbCdEf123, not {pool_id!r}."
        )
    if not client_ids:
        raise ImproperlyConfigured(
            "COGNITO_CLIENT_ID is missing: name the pool's app client, or several with commas."
        )
    if wrong := [name for name in client_ids if not _CLIENT_ID.fullmatch(name)]:
        raise ImproperlyConfigured(
            f"COGNITO_CLIENT_ID must be app client ids with commas between, not {wrong[0]!r}."
        )
    if not token_uses or not set(token_uses) <= set(TOKEN_USES):
        raise ImproperlyConfigured("COGNITO_TOKEN_USE must be id, access or both with a comma.")
    return UserPoolConfig(
        pool_id,
        region_of(pool_id, aws_region),
        client_ids,
        jwks_url,
        endpoint or endpoint_beside(jwks_url),
        token_uses,
        check,
    )


def region_of(pool_id: str, aws_region: str) -> str:
    """Find the region of a pool, which its id begins with at AWS; raises ImproperlyConfigured."""
    prefix = pool_id.rpartition("_")[0]
    region = prefix if _REGION.fullmatch(prefix) else aws_region
    if not region:
        raise ImproperlyConfigured(
            "AWS_REGION is missing: set it to the region of the user pool, such as ap-northeast-2."
        )
    return region


def endpoint_beside(jwks_url: str) -> str:
    """Find the API of the pool whose keys are not at AWS: an emulator serves both."""
    parts = urlsplit(jwks_url)
    at_aws = (parts.hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn"))
    if not jwks_url or at_aws or any(os.environ.get(name) for name in _BOTO3_ENDPOINTS):
        return ""
    return f"{parts.scheme}://{parts.netloc}"
