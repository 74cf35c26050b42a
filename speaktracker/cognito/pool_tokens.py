"""What a token of the pool says, once its signature, issuer, use, client and times are right."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from speaktracker import clock
from speaktracker.cognito.user_pool_config import UserPoolConfig
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import UserType
from speaktracker.text import normal_text

ALGORITHM = "RS256"
KID_LENGTH = 256
NAME_LENGTH = 100
# What a token may be asked about with itself; those of the hosted pages may lack it.
ASKING_SCOPE = "aws.cognito.signin.user.admin"
GROUPS = {
    "tutor": UserType.TUTOR,
    "tutors": UserType.TUTOR,
    "student": UserType.STUDENT,
    "students": UserType.STUDENT,
}
_SUB = re.compile(r"[\w-]{1,128}", re.ASCII)
_HANGUL = re.compile("[가-힣]")


@dataclass(frozen=True, slots=True)
class Profile:
    """What the pool knows of somebody; `email` is as they wrote it, and perhaps not theirs."""

    email: str
    email_verified: bool
    name: str
    user_type: UserType | None


@dataclass(frozen=True, slots=True)
class PoolClaims:
    """A verified token: times in epoch seconds; `profile` only of an ID token."""

    issuer: str
    sub: str
    username: str
    signed_in_at: float
    expires_at: float
    types: frozenset[UserType]
    may_ask: bool
    profile: Profile | None
    token: str = field(repr=False)
    digest: bytes  # names the token without giving it away


def key_id(token: str) -> str | None:
    """Return which key an RS256 token names, None for any other token. Nothing is verified."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        return None
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(kid, str) or len(kid) > KID_LENGTH:
        return None
    return kid


def verified(token: str, key: RSAPublicKey, pool: UserPoolConfig) -> PoolClaims:
    """Check everything of `token` that can be checked without asking; raises InvalidCredentials."""
    required = ["exp", "iat", "iss", "sub", "token_use"]
    # An access token has no audience but a client_id.
    options: Any = {"require": required, "verify_aud": False, **clock.TIMES_UNCHECKED}
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[ALGORITHM], issuer=pool.issuer, options=options
        )
        clock.check_times(claims)
    except (jwt.InvalidTokenError, ValueError, OverflowError) as error:
        raise InvalidCredentials("the token is not valid") from error
    return read(claims, token, pool)


def unsigned(token: str, pool: UserPoolConfig) -> PoolClaims:
    """Read a token whose signature was verified before; raises InvalidCredentials."""
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise InvalidCredentials("the token is not valid") from error
    if claims.get("iss") != pool.issuer:
        raise InvalidCredentials("the token is of another pool")
    return read(claims, token, pool)


def read(claims: Mapping[str, Any], token: str, pool: UserPoolConfig) -> PoolClaims:
    """Read the claims of a token of `pool`; raises InvalidCredentials for another use or client."""
    use = claims["token_use"]
    client = claims.get("aud" if use == "id" else "client_id")
    if use not in pool.token_uses or client not in pool.client_ids:
        raise InvalidCredentials("the token is for another use or client")
    if not _SUB.fullmatch(claims["sub"]):
        raise InvalidCredentials("the token names nobody")
    profile = profile_of(claims) if use == "id" else None
    username = claims.get("cognito:username" if use == "id" else "username")
    return PoolClaims(
        issuer=pool.issuer,
        sub=claims["sub"],
        username=username if isinstance(username, str) else claims["sub"],
        signed_in_at=signed_in_at(claims),
        expires_at=float(claims["exp"]),
        types=types_of(claims, profile),
        may_ask=use == "access" and ASKING_SCOPE in str(claims.get("scope", "")).split(),
        profile=profile,
        token=token,
        digest=hashlib.sha256(token.encode()).digest(),
    )


def signed_in_at(claims: Mapping[str, Any]) -> float:
    """Say when the person proved who they are, which a token that was refreshed keeps saying."""
    said = claims.get("auth_time")
    issued = float(claims["iat"])
    return min(float(said), issued) if isinstance(said, int | float) else issued


def types_of(claims: Mapping[str, Any], profile: Profile | None) -> frozenset[UserType]:
    """Find the user types a token vouches for: those of the groups, else the custom claim's."""
    groups = claims.get("cognito:groups")
    listed = groups if isinstance(groups, list) else [groups]
    of_groups = {GROUPS[name] for name in listed if isinstance(name, str) and name in GROUPS}
    if not of_groups and profile and profile.user_type:
        return frozenset({profile.user_type})
    return frozenset(of_groups)


def profile_of(attributes: Mapping[str, Any]) -> Profile:
    """Read an ID token's claims, or the attributes that GetUser answers."""

    def text(name: str) -> str:
        value = attributes.get(name)
        return value if isinstance(value, str) else ""

    user_type = text("custom:user_type")
    return Profile(
        email=text("email"),
        email_verified=attributes.get("email_verified") in (True, "true"),
        name=normal_text(text("name") or joined(text("given_name"), text("family_name"))).strip()[
            :NAME_LENGTH
        ],
        user_type=UserType(user_type) if user_type in UserType.values else None,
    )


def joined(given: str, family: str) -> str:
    """Write a name as its people do: in Korean the family's first, without a space."""
    if _HANGUL.search(family):
        return f"{family}{given}"
    return f"{given} {family}".strip()
