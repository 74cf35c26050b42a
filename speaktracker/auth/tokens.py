"""Our own JSON Web Tokens (HS256): an access token of 15 minutes and a refresh token of 7 days."""

import hashlib
import time
import uuid
from dataclasses import dataclass
from typing import Any, Literal

import jwt
from django.conf import settings

from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User

Use = Literal["access", "refresh"]
ISSUER = "speaktracker"
LEEWAY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says: whose it is, and until when (epoch seconds)."""

    user_id: int
    expires_at: float


def issue(user: User, use: Use = "access") -> str:
    """Sign a token for `user`."""
    lifetimes = {
        "access": settings.ACCESS_TOKEN_LIFETIME,
        "refresh": settings.REFRESH_TOKEN_LIFETIME,
    }
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "sub": str(user.pk),
        "email": user.email,
        "user_type": user.user_type,
        "token_use": use,
        "iat": now,
        "exp": now + int(lifetimes[use].total_seconds()),
        "jti": uuid.uuid4().hex,
    }
    return jwt.encode(claims, _key(), algorithm="HS256")


def verify(token: str, use: Use = "access") -> Claims:
    """Check signature, issuer, use and expiry of `token`; raises InvalidCredentials."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(),
            algorithms=["HS256"],
            issuer=ISSUER,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "sub", "iss"]},
        )
        if claims.get("token_use") != use:
            raise InvalidCredentials(f"this is not an {use} token")
        return Claims(int(claims["sub"]), float(claims["exp"]))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise InvalidCredentials("the token is not valid") from error


def _key() -> bytes:
    # A key of its own, so that a signed cookie can never pass as a token.
    return hashlib.sha256(b"speaktracker.jwt:" + settings.SECRET_KEY.encode()).digest()
