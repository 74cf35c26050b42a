"""Who is taught by whom in the bench; the same people for every system."""

from typing import Final

FAN_STUDENTS: Final = 8
SCHOOL_TUTORS: Final = 20
SCHOOL_STUDENTS: Final = 200
HALL_STUDENTS: Final = 200
CROWD_TUTORS: Final = 100
CROWD_STUDENTS: Final = 10_000


def _named(kind: str, tutors: int, students: int) -> dict[str, str]:
    return {
        f"{kind}-student-{number}@example.com": f"{kind}-tutor-{number % tutors}@example.com"
        for number in range(students)
    }


FAN: Final = _named("fan", 1, FAN_STUDENTS)
SCHOOL: Final = _named("school", SCHOOL_TUTORS, SCHOOL_STUDENTS)
HALL: Final = _named("hall", 1, HALL_STUDENTS)
# The same hall again, for dashboards that ask for batches.
LECTURE: Final = _named("lecture", 1, HALL_STUDENTS)
CROWD: Final = _named("crowd", CROWD_TUTORS, CROWD_STUDENTS)
# Every student's tutor, by their addresses.
TUTOR_OF: Final = FAN | SCHOOL | HALL | LECTURE | CROWD
TUTORS: Final = tuple(dict.fromkeys(TUTOR_OF.values()))


def district(students: int, tutors: int) -> dict[str, str]:
    """Say who is taught by whom in a district, which has a database of its own."""
    return _named("district", tutors, students)


def name_of(email: str) -> str:
    """Name a person as dashboards show them."""
    return email.partition("@")[0].replace("-", " ").title()
