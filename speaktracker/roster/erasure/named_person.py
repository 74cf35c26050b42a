"""A person who is about to be erased, and the name that stands for one afterwards."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.crypto import salted_hmac

# Reserved by RFC 2606: nobody can have an address there.
PSEUDONYM_DOMAIN = "erased.invalid"
DIGEST_LENGTH = 20


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Somebody by address and name; `pk` is None of one whose row is gone already."""

    pk: int | None
    email: str
    name: str = ""

    @property
    def pseudonym(self) -> str:
        """Stand for this person wherever others' records must name somebody."""
        return pseudonym_of(self.email)


def pseudonym_of(email: str) -> str:
    """Make what stands for an address: an address itself, the same each time.

    Digested with SECRET_KEY: without it nobody can try whose it was.
    """
    digest = salted_hmac("speaktracker.erasure", email, algorithm="sha256").hexdigest()
    return f"erased-{digest[:DIGEST_LENGTH]}@{PSEUDONYM_DOMAIN}"


def is_pseudonym(email: str) -> bool:
    """Tell whether this stands for somebody who was erased."""
    return email.endswith(f"@{PSEUDONYM_DOMAIN}")


def ids_of(people: Collection[NamedPerson]) -> list[int]:
    """List the ids of those who still have a row."""
    return [person.pk for person in people if person.pk is not None]


def rests_of(people: Collection[NamedPerson]) -> dict[str, str]:
    """Map the addresses of those whose row is gone to their pseudonyms."""
    return {person.email: person.pseudonym for person in people if person.pk is None}
