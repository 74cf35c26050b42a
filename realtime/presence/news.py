"""What a committed transition has for dashboards: a student changed, came, left or moved."""

from dataclasses import dataclass, field
from typing import Literal

from realtime.presence.class_rules import StudentChange
from speaktracker.roster.models import User

Membership = Literal["added", "removed"]


@dataclass(frozen=True, slots=True)
class Tutor:
    """A tutor by id and address; the name is no part of who it is."""

    user_id: int
    email: str
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A change to tell a tutor's dashboards; `membership` when it comes from the roster."""

    tutor: Tutor | None
    change: StudentChange
    membership: Membership | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A student has another tutor, or none: their sockets and both tutors' dashboards must know."""

    student_id: int
    before: Tutor | None
    after: Tutor | None


News = Announcement | Moved


def tutor_of(user: User | None) -> Tutor | None:
    """Name a tutor by id and address."""
    return Tutor(user.pk, user.email, user.name) if user else None
