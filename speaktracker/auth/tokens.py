"""Our own JSON Web Tokens (HS256): an access token of 15 minutes and a refresh token of 7 days."""

import base64
import hashlib
import hmac
import json
import uuid
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final, Literal

import jwt
from django.conf import settings

from speaktracker import clock
from speaktracker.auth.credentials import Credentials
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User

Use = Literal["access", "refresh"]
ISSUER = "speaktracker"
# What every token of ours begins with, and all that one may say.
_HEAD: Final = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode() + "."
_CLAIMS: Final = frozenset(
    ("iss", "sub", "email", "user_type", "token_use", "cv", "iat", "exp", "jti", "fam")
)


def issue(user: User, use: Use = "access", family: str | None = None) -> str:
    """Sign a token for `user`, as one of the sign-in `family`; None: the first of its own."""
    lifetimes = {
        "access": settings.ACCESS_TOKEN_LIFETIME,
        "refresh": settings.REFRESH_TOKEN_LIFETIME,
    }
    now = int(clock.epoch())
    more = {} if family is None else {"fam": family}
    return sign(user, use, (now, now + int(lifetimes[use].total_seconds())), **more)


def sign(user: User, use: Use, times: tuple[int, int], **more: Any) -> str:
    """Sign a token issued and expiring at `times` (epoch seconds), with `more` claims."""
    claims = {
        "iss": ISSUER,
        "sub": str(user.pk),
        "email": user.email,
        "user_type": user.user_type,
        "token_use": use,
        "cv": user.credentials_version,
        "iat": times[0],
        "exp": times[1],
        "jti": uuid.uuid4().hex,
        **more,
    }
    return jwt.encode(claims, _key(settings.SECRET_KEY), algorithm="HS256")


def verify(token: str, use: Use = "access") -> Credentials:
    """Check signature, issuer, use and expiry of `token`; raises InvalidCredentials.

    Whether the version that it names is still the user's is for who looks the user up.
    """
    return credentials_in(read(token, use))


def read(token: str, use: Use = "access") -> dict[str, Any]:
    """Return the claims of a token that is valid for `use`; raises InvalidCredentials."""
    try:
        claims = of_our_make(token) or by_the_library(token)
        clock.check_times(claims)
    except (jwt.InvalidTokenError, ValueError) as error:
        raise InvalidCredentials("the token is not valid") from error
    if claims.get("token_use") != use or not claims["sub"].isdecimal():
        raise InvalidCredentials(f"this is not an {use} token")
    return claims


def credentials_in(claims: dict[str, Any]) -> Credentials:
    """Return what verified claims stand for."""
    return Credentials(
        int(claims["sub"]),
        # Those from before there were versions name none: they hold until the first change.
        int(claims.get("cv", 0)),
        float(claims["exp"]),
        family=claims.get("fam") or claims.get("jti"),
    )


def of_our_make(token: str) -> dict[str, Any] | None:
    """Return the claims of a token that is byte by byte as `sign` makes it with today's key.

    None is no refusal: PyJWT, a dozen times as slow, decides about every other one. What it would
    look at is looked at here, but for times.
    """
    signed, _, signature = token.rpartition(".")
    if not signed.startswith(_HEAD):
        return None
    digest = hmac.digest(_key(settings.SECRET_KEY), signed.encode(), "sha256")
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=")
    if not hmac.compare_digest(expected, signature.encode()):
        return None
    claims = json.loads(base64.urlsafe_b64decode(signed[len(_HEAD) :] + "=="))
    is_ours = (
        isinstance(claims, dict)
        and claims.keys() <= _CLAIMS
        and claims.get("iss") == ISSUER
        and claims.get("exp") is not None
        and isinstance(claims.get("sub"), str)
        and isinstance(claims.get("jti"), str)
    )
    return claims if is_ours else None


def by_the_library(token: str) -> dict[str, Any]:
    """Return the claims of any token of ours, of former keys too; raises jwt.InvalidTokenError."""
    options = {"require": ["exp", "sub", "iss"], **clock.TIMES_UNCHECKED}
    checks: dict[str, Any] = {"issuer": ISSUER, "options": options}
    for former in settings.SECRET_KEY_FALLBACKS:
        with suppress(jwt.InvalidSignatureError):
            return jwt.decode(token, _key(former), ["HS256"], **checks)
    return jwt.decode(token, _key(settings.SECRET_KEY), ["HS256"], **checks)


@lru_cache(maxsize=8)
def _key(secret: str) -> bytes:
    # A key of its own, so that a signed cookie can never pass as a token.
    return hashlib.sha256(b"speaktracker.jwt:" + secret.encode()).digest()
