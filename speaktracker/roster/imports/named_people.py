"""The people whom records from elsewhere name: found by their addresses, or made."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError

from speaktracker.roster.models import User, UserType
from speaktracker.roster.selectors import people_by_email

# Whom a record is of, and who taught them; none where it does not say.
Pair = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class NamedPeople:
    """People by their addresses, and which of them were made just now."""

    people: Mapping[str, User]
    created: Collection[str]

    def missing(self, pair: Pair) -> list[str]:
        """List whose address of a pair is nobody's."""
        return [address for address in pair if address and address not in self.people]

    def misfit(self, pair: Pair) -> str:
        """Say in words who of a pair is not what the record takes them for; empty if nobody."""
        wanted = zip(pair, (UserType.STUDENT, UserType.TUTOR), strict=True)
        for address, user_type in wanted:
            person = self.people.get(address or "")
            if person and person.user_type != user_type:
                return f"the address of its {user_type} belongs to somebody who is none"
        return ""


def named_people(pairs: Collection[Pair], create: bool) -> NamedPeople:
    """Find the students and tutors of records; with `create`, those who are nobody are made.

    Inside the caller's transaction. They cannot sign in before somebody gives them a password, and
    have no mapping. Addresses that are none make nobody.
    """
    wanted: dict[str, UserType] = {}
    for student, tutor in pairs:
        if tutor:
            wanted.setdefault(tutor, UserType.TUTOR)
        wanted.setdefault(student, UserType.STUDENT)
    people = people_by_email(wanted)
    missing = sorted(address for address in wanted if address not in people)
    if not create or not missing:
        return NamedPeople(people, ())
    made = [
        User(email=address, password=make_password(None), user_type=wanted[address])
        for address in missing
        if _is_address(address)
    ]
    User.objects.bulk_create(made)
    return NamedPeople(
        {**people, **people_by_email(u.email for u in made)}, [u.email for u in made]
    )


def _is_address(text: str) -> bool:
    try:
        User._meta.get_field("email").run_validators(text)
    except ValidationError:
        return False
    return True
