"""One-time codes on paper: short enough for a child to type, too many to guess."""

import secrets
import unicodedata

from speaktracker.passwords.credentials_state import digest_of
from speaktracker.roster.models import User

# No 0 O 1 I L, which look alike, and no vowels, so that no code reads as a word: 48 bits in all.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH = 10
SALT = "speaktracker.passwords.first-code"


def make_code() -> str:
    """Draw a code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def in_groups(code: str) -> str:
    """Write a code as it stands on paper: K7PM4-XQR9T."""
    half = LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


def normal_code(typed: str) -> str:
    """Read a code as it was typed: in any case, with or without marks, full-width too."""
    text = unicodedata.normalize("NFKC", typed).upper()
    return "".join(mark for mark in text if mark.isalnum())


def code_digest(person: User, code: str) -> str:
    """Digest a code of `person`; a change of the credentials changes it, and so ends the code."""
    return digest_of(person, code, salt=SALT)
