"""Who of ours an account at the pool is, read."""

import hashlib

from speaktracker.cognito.models import UnlinkedAccount
from speaktracker.cognito.pool_tokens import PoolClaims
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User


def person_of(claims: PoolClaims) -> User | None:
    """Return whose account it is, None before the first sign-in; raises InvalidCredentials."""
    people = User.objects.filter(pool_accounts__issuer=claims.issuer, pool_accounts__sub=claims.sub)
    user = people.defer("password").first()
    if user is not None:
        refuse_unless_fits(user, claims)
    return user


def refuse_unless_fits(user: User, claims: PoolClaims) -> None:
    """Raise InvalidCredentials where a token may not stand for `user`, or not any longer."""
    if not user.is_active:
        raise InvalidCredentials("the person is deactivated")
    changed_at = user.credentials_changed_at
    if changed_at is not None and claims.signed_in_at <= changed_at.timestamp():
        raise InvalidCredentials("the person's credentials have ended since")
    # The roster decides what somebody is. A pool that contradicts it vouches for somebody else.
    if user.user_type and claims.types and user.user_type not in claims.types:
        raise InvalidCredentials(f"{user.email} is a {user.user_type}, not what the pool says")


def refuse_unlinked(claims: PoolClaims) -> None:
    """Raise InvalidCredentials for a token from before its account was unlinked or deleted."""
    ended = UnlinkedAccount.objects.filter(digest=digest_of(claims.issuer, claims.sub)).first()
    if ended is not None and claims.signed_in_at <= ended.unlinked_at.timestamp():
        raise InvalidCredentials("the account has been unlinked since")


def digest_of(issuer: str, sub: str) -> str:
    """Name an account without giving it away, in hexadecimal."""
    return hashlib.sha256(f"{issuer} {sub}".encode()).hexdigest()
