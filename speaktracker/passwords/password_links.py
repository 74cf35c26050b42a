"""The token in a link that lets a person choose a password: nothing of it is stored.

It is signed, ends at its time, and names the state of the credentials: any change of them, so the
password chosen with it too, or a later sign-in, ends it.
"""

from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from speaktracker.clock import now
from speaktracker.passwords.credentials_state import digest_of
from speaktracker.roster.models import User

SALT = "speaktracker.passwords.link"
# Where `make run` serves; whoever serves others says so with PUBLIC_URL.
DEVELOPMENT = "http://127.0.0.1:8000"


class LinkEnded(Exception):
    """The link was used, is too old, or was never one of ours."""


def public_address(name: str) -> str:
    """Return the full address of page `name`; never from what a request says of its host."""
    return f"{settings.PUBLIC_URL.rstrip('/') or DEVELOPMENT}{reverse(name)}"


def link_to_new_password(person: User, lifetime: timedelta) -> str:
    """Make a link of `lifetime` for `person`."""
    return f"{public_address('new-password')}?{urlencode({'token': make_token(person, lifetime)})}"


def make_token(person: User, lifetime: timedelta) -> str:
    """Sign a token with which `person` may choose a password within `lifetime`."""
    until = int((now() + lifetime).timestamp())
    return _signer().sign_object([person.pk, until, _state_of(person)])


def person_of(token: str, people: "QuerySet[User]") -> User:
    """Find whose valid `token` this is among `people`; raises LinkEnded."""
    try:
        person_id, until, state = _signer().unsign_object(token)
    except signing.BadSignature:
        raise LinkEnded from None
    person = people.filter(pk=person_id, is_active=True).first()
    if person is None or until <= now().timestamp():
        raise LinkEnded
    if not constant_time_compare(state, _state_of(person)):
        raise LinkEnded
    return person


def _signer() -> signing.Signer:
    # A full stop needs no escaping in an address.
    return signing.Signer(salt=SALT, sep=".")


def _state_of(person: User) -> str:
    # Whole seconds: not every database keeps more.
    signed_in = int(person.last_login.timestamp()) if person.last_login else 0
    return digest_of(person, signed_in, salt=SALT)[:32]
