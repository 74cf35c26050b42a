"""The door of the classroom: who may connect, in one transaction with the record of it."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from realtime import presence, registry
from realtime.classroom import Student
from realtime.presence import News, Tutor
from realtime.refusals import forbidden, invalid_credentials, too_many_connections, tutor_not_found
from speaktracker.auth.socket import Claim
from speaktracker.clock import now
from speaktracker.roster.models import User, UserType
from speaktracker.roster.selectors import tutor_of


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody whose connection record is stored, and what must be announced of it."""

    user_id: int
    email: str
    user_type: str
    name: str
    tutor: Tutor | None = None
    student: Student | None = None
    feedback_sequence: int = 0
    news: list[News] = field(default_factory=list)


def check(claim: Claim) -> User:
    """Find the active user of a verified claim; raises ConnectRefused."""
    user = User.objects.filter(pk=claim.user_id, is_active=True).first()
    if user is None or not claim.matches(user.email, user.user_type):
        raise invalid_credentials()
    if user.user_type is None:
        raise forbidden()
    return user


@transaction.atomic
def admit(claim: Claim, connection_id: str, channel: str, server_id: str) -> Admitted:
    """Verify, look the tutor up and store the connection record; raises ConnectRefused."""
    user = check(claim)
    if user.user_type == UserType.TUTOR:
        # The row lock makes two simultaneous connects count each other.
        User.objects.select_for_update().get(pk=user.pk)
        _record(user, None, connection_id, channel, server_id)
        return Admitted(user.pk, user.email, user.user_type, user.name)
    return _admit_student(user, connection_id, channel, server_id)


@transaction.atomic
def readmit(
    user_id: int, connection_id: str, channel: str, server_id: str, age: timedelta
) -> list[News]:
    """Record a living connection again that was reaped while its process lost its lease."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return []
    tutor = tutor_of(user.pk)
    registry.add(
        connection_id=connection_id,
        channel=channel,
        server_id=server_id,
        user=user,
        tutor=tutor,
        connected_at=now() - age,
        lifetime=timedelta(seconds=settings.LIMITS.connection_age_seconds),
    )
    if user.user_type != UserType.STUDENT or tutor is None:
        return []
    return presence.arrive(presence.lock([user.pk])[user.pk], tutor, now())


def _admit_student(user: User, connection_id: str, channel: str, server_id: str) -> Admitted:
    tutor = tutor_of(user.pk)
    if tutor is None:
        raise tutor_not_found()
    row = presence.lock([user.pk])[user.pk]
    _record(user, tutor, connection_id, channel, server_id)
    news = presence.arrive(row, tutor, now())
    return Admitted(
        user.pk,
        user.email,
        UserType.STUDENT,
        user.name,
        presence.tutor_of(tutor),
        presence.student_of(row),
        row.feedback_sequence,
        news,
    )


def _record(
    user: User, tutor: User | None, connection_id: str, channel: str, server_id: str
) -> None:
    if registry.live().filter(user=user).count() >= settings.LIMITS.user_sockets:
        raise too_many_connections()
    registry.add(
        connection_id=connection_id,
        channel=channel,
        server_id=server_id,
        user=user,
        tutor=tutor,
        connected_at=now(),
        lifetime=timedelta(seconds=settings.LIMITS.connection_age_seconds),
    )
