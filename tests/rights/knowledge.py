"""Whose addresses a person may be shown; anybody else's in an answer is a leak."""

import re

from tests.rights.site import RightsSite

ADDRESS = re.compile(r"([\w.-]+)@rights\.example\.com")

CLASSES = (
    {"tutor", "student", "second-student", "connected", "deactivated", "password-changed"}
    | {"deleted", "twin-student", "to-deactivate", "to-change-password", "leaver-student"}
    | {"tutor-substitute"},
    {"other-tutor", "other-student", "other-connected"},
)
STAFF = ("super", "staff-", "group-", "leaver-staff", "leaver-super")


# To whom the tutor has lent students, now and from a later day on; the class is lent now.
SUBSTITUTE, BEFORE = "tutor-substitute", "tutor-before"


def may_know(person: str | None) -> set[str]:
    """Name those whose address a person may be shown: a tutor their class, others their tutors."""
    if person is None:
        return set()
    person = person.replace("password-renewed", "password-changed")  # one and the same
    if person == BEFORE:
        return {person, "tutor", "other-tutor"}
    for one in CLASSES:
        if person in one:
            tutors = {name for name in one if name.endswith("tutor")} | ({SUBSTITUTE} & one)
            known = set(one) if person in tutors else {person, *tutors}
            return known | {BEFORE} if person in ("tutor", "other-tutor") else known
    return {person}


def strangers_in(site: RightsSite, person: str | None, text: str, *said: str) -> str:
    """Name whose address stands in `text` without right, or "nobody else"."""
    if person and person.startswith(STAFF):
        return "nobody else"
    shown = {found for found in ADDRESS.findall(text.replace("%40", "@")) if found in site.names()}
    strangers = shown - may_know(person) - set(said)
    return ", ".join(sorted(strangers)) or "nobody else"
