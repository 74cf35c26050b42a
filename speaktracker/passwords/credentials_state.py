"""Keyed digests: of a person's credentials, which ends with them, and of a typed address."""

from django.utils.crypto import salted_hmac

from speaktracker.roster.models import User


def digest_of(person: User, *more: object, salt: str) -> str:
    """Return 64 hexadecimal digits that depend on `person`'s credentials and on `more`."""
    parts = (person.pk, person.email, person.password, person.credentials_version, *more)
    # No part can run into the next one: none holds a NUL.
    text = "\0".join(str(part) for part in parts)
    return salted_hmac(salt, text, algorithm="sha256").hexdigest()


def account_key(address: str) -> str:
    """Name the account of a typed address where tries are counted, whatever was typed."""
    return salted_hmac("speaktracker.passwords.account", address).hexdigest()
