"""People of the pool become ours at their first sign-in."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F

from speaktracker.clock import now
from speaktracker.cognito.models import PoolAccount, UnlinkedAccount
from speaktracker.cognito.pool_tokens import PoolClaims, Profile
from speaktracker.cognito.selectors import (
    digest_of,
    person_of,
    refuse_unless_fits,
    refuse_unlinked,
)
from speaktracker.db.purging import delete_oldest
from speaktracker.exceptions import InvalidCredentials, NoRole, Unavailable
from speaktracker.roster.models import User
from speaktracker.roster.selectors import person_by_email
from speaktracker.roster.services import note_first_sign_in
from speaktracker.text import normal_email

# A pool's refresh tokens live so long by default, and make tokens of the same sign-in until then.
REMEMBER_UNLINKED_DAYS = 30
ATTEMPTS = 3
PURGE_ROWS = 1_000


def sign_in_first(claims: PoolClaims, profile: Profile) -> User:
    """Link the account to the person with its address, who is made if need be; writes to SQL.

    Raises InvalidCredentials, NoRole for somebody new whom the pool gives no one type, or
    Unavailable.
    """
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return person_of(claims) or link(claims, profile)
        except IntegrityError:
            continue  # another process did the same at the same time: look again
    raise Unavailable("the person is being made elsewhere")


def link(claims: PoolClaims, profile: Profile) -> User:
    """Find or make the person of a verified address, and note that the account is theirs."""
    refuse_unlinked(claims)
    email = verified_email(profile)
    user = person_by_email(email)
    if user is None:
        types = claims.types or {profile.user_type}
        if len(types) != 1 or None in types:
            raise NoRole("the pool says of a new person neither student nor tutor, or both")
        user = User(email=email, name=profile.name, user_type=next(iter(types)))
        user.set_unusable_password()
        user.save()
    refuse_unless_fits(user, claims)
    # This very account, when another process has linked it since `person_of` looked.
    account, _is_new = PoolAccount.objects.get_or_create(
        user=user, issuer=claims.issuer, defaults={"sub": claims.sub}
    )
    if account.sub != claims.sub:
        raise InvalidCredentials(f"{email} is linked to another account of the pool")
    note_first_sign_in(user)
    return user


def verified_email(profile: Profile) -> str:
    """Return the address as it is stored; raises InvalidCredentials for one we could not keep.

    Without the pool's verification anybody could sign up with somebody else's address. Letters
    outside ASCII are refused, since some of them become other people's in lower case.
    """
    email = normal_email(profile.email)
    if not profile.email_verified:
        raise InvalidCredentials("the pool has not verified the address")
    try:
        validate_email(profile.email)
        User(email=email).clean_fields(exclude={"password", "name"})
    except ValidationError:
        raise InvalidCredentials("the address cannot be one of ours") from None
    if not profile.email.isascii():
        raise InvalidCredentials("the address is not in ASCII")
    return email


def remember_unlinked(account: PoolAccount) -> None:
    """Have tokens of a sign-in before now not link the account again; writes to SQL."""
    UnlinkedAccount.objects.update_or_create(
        digest=digest_of(account.issuer, account.sub), defaults={"unlinked_at": now()}
    )


def purge_unlinked() -> bool:
    """Forget some accounts that were unlinked long ago; tell whether more may be."""
    old = UnlinkedAccount.objects.filter(
        unlinked_at__lt=now() - timedelta(days=REMEMBER_UNLINKED_DAYS)
    )
    return delete_oldest(old, "unlinked_at", PURGE_ROWS) == PURGE_ROWS


def end_credentials(user_id: int) -> None:
    """End what a person's credentials were made into, sockets included; writes to SQL."""
    User.objects.filter(pk=user_id).update(credentials_version=F("credentials_version") + 1)
