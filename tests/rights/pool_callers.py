"""Who comes with a token of the user pool, a good one and all that are almost good."""

import secrets
from typing import Any

import jwt

from tests.cognito.key_server import CLIENTS, PoolKey
from tests.rights.site import RightsSite

# By their names in tables/callers.txt, each with whose it is.
GOOD = {
    "pool: ID token of student": ("student", "id"),
    "pool: access token of student": ("student", "access"),
    "pool: ID token of tutor": ("tutor", "id"),
    "pool: access token of tutor": ("tutor", "access"),
}


def pool_tokens(site: RightsSite) -> dict[str, tuple[str | None, str]]:
    """Make every token, by its caller's name: whose it is, where it is anybody's, and the token."""
    made: dict[str, tuple[str | None, str]] = {
        name: (person, site.pool_token(person, use)) for name, (person, use) in GOOD.items()
    }
    made |= {f"pool: {kind}": (None, token) for kind, token in _bad(site).items()}
    return made


def _bad(site: RightsSite) -> dict[str, str]:
    def signed(use: str = "id", person: str = "student", **claims: Any) -> str:
        return site.pool_token(person, use, **claims)

    good = signed()
    claims = jwt.decode(good, options={"verify_signature": False})
    kid = jwt.get_unverified_header(good)["kid"]
    other = PoolKey()
    as_tutor: dict[str, Any] = {"cognito:groups": ["tutors"]}
    tokens = {
        "expired": signed(exp=claims["iat"] - 60),
        "wrong issuer": signed(iss="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other1"),
        "our issuer": signed(iss="speaktracker"),
        "of another client": signed(aud="another"),
        "access token of another client": signed("access", client_id="another"),
        "ID token with a client_id": signed(aud=None, client_id=CLIENTS[0]),
        "refresh use": signed(token_use="refresh"),
        "of another key": jwt.encode(claims, other.private, "RS256", headers={"kid": kid}),
        "of an unknown key": jwt.encode(claims, other.private, "RS256", headers={"kid": other.kid}),
        "alg none": jwt.encode(claims, "", "none", headers={"kid": kid}),
        "HS256": jwt.encode(claims, secrets.token_bytes(32), "HS256", headers={"kid": kid}),
        "unverified address": signed(sub="somebody-else", email_verified=False),
        "of another account": signed(sub="another-account"),
        "of another role": site.pool_token("student", **as_tutor),
        "of deactivated": signed(person="deactivated"),
        "from before a password change": signed(person="password-changed", auth_time=1, iat=1),
    }
    return {kind: site.secrets.add(f"a pool token {kind}", text) for kind, text in tokens.items()}
