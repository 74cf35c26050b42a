"""Everybody's token for the peers, signed with the key of the bench, and what a peer is told."""

import time
from pathlib import Path

import jwt

from bench.rosters import TUTOR_OF, TUTORS, name_of

KEY = "only-for-the-bench-only-for-the-bench-only-for-the-bench"
TOKEN_SECONDS = 12 * 60 * 60


def sign_tokens() -> dict[str, str]:
    """Sign everybody's token; it says who teaches them, so that peers need no database."""
    expiry = int(time.time()) + TOKEN_SECONDS
    people = [(email, "student", tutor) for email, tutor in TUTOR_OF.items()]
    people += [(email, "tutor", "") for email in TUTORS]
    return {
        email: jwt.encode(
            {
                "sub": email,
                "email": email,
                "name": name_of(email),
                "user_type": user_type,
                "tutor": tutor,
                "exp": expiry,
            },
            KEY,
            algorithm="HS256",
        )
        for email, user_type, tutor in people
    }


def claims_of(token: str) -> dict[str, str]:
    """Read what a token says without checking it, as a client may."""
    return dict(jwt.decode(token, options={"verify_signature": False}))


def peer_environment(valkey_port: int, root: Path) -> dict[str, str]:
    """Name the key, the Valkey and the sources in a peer's environment."""
    return {"BENCH_KEY": KEY, "BENCH_REDIS_PORT": str(valkey_port), "PYTHONPATH": str(root)}
