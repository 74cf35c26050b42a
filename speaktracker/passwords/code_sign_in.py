"""Signing in once with an address and the code on paper, to choose a password."""

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from speaktracker.guard.services import guarded
from speaktracker.passwords import selectors
from speaktracker.passwords.first_codes import code_digest, normal_code
from speaktracker.roster.models import User
from speaktracker.text import is_storable, normal_email


class FirstCodeBackend(BaseBackend):
    """Takes `username` and `first_secret`, called through Django's `authenticate`.

    Guesses of codes and of the password count together; raises TryRefused, which a form shows.
    """

    def authenticate(  # type: ignore[override]
        self, _request: HttpRequest | None, username: str, first_secret: str
    ) -> User | None:
        """Return whose address and unused code these are, None for everything else."""
        address = normal_email(username)
        known = selectors.first_code_of(address) if is_storable(address) else None
        person = known.person if known else User(email=address)
        with guarded(address, person.pk) as trying:
            digest = code_digest(person, normal_code(first_secret))
            fits = constant_time_compare(digest, known.digest if known else "")
            if known and fits:
                trying.succeed()
        return person if known and fits else None
