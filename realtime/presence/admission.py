"""Who may connect, decided in one transaction with the records of it.

Handshakes that come at the same time share the transaction, so that a reconnect storm does not
queue behind one write lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from realtime.models import Connection, Presence
from realtime.presence import connection_records, locks, transitions
from realtime.presence.class_rules import Student
from realtime.presence.connection_records import SocketAddress
from realtime.presence.transitions import News, Tutor
from realtime.protocol.errors import (
    ConnectRefused,
    forbidden,
    invalid_credentials,
    too_many_connections,
    tutor_not_found,
    unavailable,
)
from speaktracker.auth.handshake import Claim
from speaktracker.clock import now
from speaktracker.roster.models import User, UserType
from speaktracker.roster.selectors import tutor_of, tutors_of

TOGETHER = 100


@dataclass(frozen=True, slots=True)
class AdmissionRequest:
    """A verified claim that asks to be let in, and where its socket is."""

    claim: Claim
    address: SocketAddress


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


Answer = Admitted | ConnectRefused


def admit(requests: Sequence[AdmissionRequest]) -> list[Answer]:
    """Verify, look tutors up and store the records of all; each request has its own answer."""
    try:
        with transaction.atomic():
            return Admission(requests).answers()
    except IntegrityError:
        # One of them lost its user or its lease meanwhile: the others must not suffer for it.
        if len(requests) == 1:
            return [unavailable()]
        return [admit([request])[0] for request in requests]


class Admission:
    """One transaction's view of those who ask; read for all at once, written for all at once."""

    def __init__(self, requests: Sequence[AdmissionRequest]) -> None:
        self._requests = requests
        # One moment for all: a storm of reconnects joins in one transaction, and in one order.
        self._at = now()
        ids = {request.claim.user_id for request in requests}
        self._users = lock_users(ids)
        self._tutors = tutors_of(ids)
        known = self._users | {tutor.pk: tutor for tutor in self._tutors.values()}
        self._presences = locks.presences(self._tutors.keys() & self._users.keys(), known)
        self._sockets = connection_records.live_counts(ids)
        self._rows: list[Connection] = []
        self._arrived: dict[int, Presence] = {}

    def answers(self) -> list[Answer]:
        """Answer every request in order, and store what they come to."""
        answers = [self.answer(request) for request in self._requests]
        connection_records.add(self._rows)
        transitions.save(self._arrived.values())
        return answers

    def answer(self, request: AdmissionRequest) -> Answer:
        """Admit one, whose rows are stored with everybody's, or refuse."""
        try:
            user = self.check(request.claim)
        except ConnectRefused as refused:
            return refused
        tutor = self._tutors.get(user.pk)
        # Counted here as well: the eleven tabs of one user may all stand in this very batch.
        self._sockets[user.pk] += 1
        self._rows.append(_row(request.address, user, tutor, self._at))
        if tutor is None:
            return Admitted(user.pk, user.email, UserType.TUTOR, user.name)
        presence = self._presences[user.pk]
        self._arrived[user.pk] = presence
        news = transitions.connect(presence, tutor, self._at)
        return Admitted(
            user.pk,
            user.email,
            UserType.STUDENT,
            user.name,
            transitions.tutor_of(tutor),
            transitions.student_of(presence),
            presence.feedback_sequence,
            news,
        )

    def check(self, claim: Claim) -> User:
        """Return the user of a claim that may connect; raises ConnectRefused."""
        user = self._users.get(claim.user_id)
        if user is None or not claim.matches(user.email, user.user_type):
            raise invalid_credentials()
        if user.user_type is None:
            raise forbidden()
        if user.user_type == UserType.STUDENT and user.pk not in self._tutors:
            raise tutor_not_found()
        if self._sockets[user.pk] >= settings.LIMITS.user_sockets:
            raise too_many_connections()
        return user


@transaction.atomic
def readmit(user_id: int, address: SocketAddress, age: timedelta) -> list[News]:
    """Record a living connection again that was reaped while its process lost its lease."""
    user = User.objects.filter(pk=user_id).first()
    # The old record may have outlived its lease: then the disconnect that comes will take it.
    if user is None or Connection.objects.filter(pk=address.connection_id).exists():
        return []
    tutor = tutor_of(user.pk)
    connection_records.add([_row(address, user, tutor, now() - age)])
    if tutor is None:
        return []
    # A connect like any other: the student may have been reaped, and then it is a join.
    rows = locks.presences([user.pk], {user.pk: user, tutor.pk: tutor})
    news = transitions.connect(rows[user.pk], tutor, now())
    transitions.save(rows.values())
    return news


def lock_users(ids: set[int]) -> dict[int, User]:
    """Lock those who exist and may sign in, by their ids."""
    # The lock makes simultaneous connects of one user, on two processes, count each other.
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=ids, is_active=True)
    return {user.pk: user for user in rows.order_by("pk").only("email", "name", "user_type")}


def _row(address: SocketAddress, user: User, tutor: User | None, at: datetime) -> Connection:
    return Connection(
        connection_id=address.connection_id,
        channel=address.channel,
        server_id=address.server_id,
        user=user,
        user_email=user.email,
        user_type=user.user_type or "",
        tutor=tutor,
        tutor_email=tutor.email if tutor else None,
        connected_at=at,
        expires_at=at + timedelta(seconds=settings.LIMITS.connection_age_seconds),
    )
