"""Who may connect, decided in one transaction with the records of it.

Handshakes that come at the same time share the transaction, so that a reconnect storm does not
queue behind one write lock.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.db import IntegrityError, transaction

from realtime.models import Connection, Presence
from realtime.presence import (
    class_history,
    connection_records,
    cooldown_records,
    locks,
    transitions,
)
from realtime.presence.class_rules import Report, Student
from realtime.presence.connection_records import NewRecord, SocketAddress
from realtime.presence.news import News, Tutor, tutor_of
from realtime.presence.presence_rows import student_of
from realtime.protocol.errors import (
    ConnectRefused,
    forbidden,
    invalid_credentials,
    too_many_connections,
    too_often,
    tutor_not_found,
    unavailable,
)
from speaktracker.auth.credentials import Credentials
from speaktracker.auth.handshake import Claim
from speaktracker.auth.validity.selectors import with_ended_source
from speaktracker.clock import now
from speaktracker.db.rows.given_values import AnyOf
from speaktracker.db.rows.kept_query import KeptQuery
from speaktracker.roster.models import User, UserType
from speaktracker.roster.selectors import placements_of

TOGETHER = 100
LOCKED_FIELDS = ("email", "name", "user_type", "credentials_version")


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
    # Whether other processes hold sockets of this user too.
    is_elsewhere: bool = False
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
        self._placements = placements_of(ids)
        known = self._users | {one.tutor.pk: one.tutor for one in self._placements.values()}
        self._presences = locks.presences(self._placements.keys() & self._users.keys(), known)
        self._ended = with_ended_source([request.claim.credentials for request in requests])
        self._servers = connection_records.servers_of(ids)
        self._sockets = Counter(user_id for user_id, _ in self._servers)
        self._rows: list[NewRecord] = []
        self._arrived: dict[int, Presence] = {}

    def answers(self) -> list[Answer]:
        """Answer every request in order, and store what they come to."""
        answers = [self.answer(request) for request in self._requests]
        connection_records.add(self._rows)
        transitions.save(self._arrived.values())
        admitted = (answer for answer in answers if isinstance(answer, Admitted))
        class_history.record_stays(item for answer in admitted for item in answer.news)
        return answers

    def answer(self, request: AdmissionRequest) -> Answer:
        """Admit one, whose rows are stored with everybody's, or refuse."""
        try:
            user = self.check(request.claim)
        except ConnectRefused as refused:
            return refused
        placement = self._placements.get(user.pk)
        tutor = placement.tutor if placement else None
        boot_id = request.address.server_id
        elsewhere = any(who == user.pk and at != boot_id for who, at in self._servers)
        # Counted here as well: the eleven tabs of one user may all stand in this very batch.
        self._sockets[user.pk] += 1
        self._rows.append(_row(request.address, request.claim.credentials, user, tutor, self._at))
        if placement is None:
            return Admitted(user.pk, user.email, UserType.TUTOR, user.name, is_elsewhere=elsewhere)
        presence = self._presences[user.pk]
        self._arrived[user.pk] = presence
        news = transitions.connect(presence, placement, self._at)
        return Admitted(
            user.pk,
            user.email,
            UserType.STUDENT,
            user.name,
            tutor_of(placement.tutor),
            student_of(presence),
            presence.feedback_sequence,
            elsewhere,
            news,
        )

    def check(self, claim: Claim) -> User:
        """Return the user of a claim that may connect; raises ConnectRefused."""
        user = self._users.get(claim.user_id)
        credentials = claim.credentials
        if user is None or user.credentials_version != credentials.version:
            raise invalid_credentials("its person is gone or deactivated, or was signed out")
        if credentials in self._ended:
            raise invalid_credentials("its session or sign-in has ended")
        if not claim.matches(user.email, user.user_type):
            raise invalid_credentials("the handshake names another person or type")
        if seconds := cooldown_records.seconds_left(cast(Any, user).cooldown_until):
            raise too_often(seconds)
        if user.user_type is None:
            raise forbidden()
        if user.user_type == UserType.STUDENT and user.pk not in self._placements:
            raise tutor_not_found()
        if self._sockets[user.pk] >= settings.LIMITS.user_sockets:
            raise too_many_connections()
        return user


@transaction.atomic
def readmit(
    credentials: Credentials,
    address: SocketAddress,
    age: timedelta,
    latest: Report | None = None,
) -> list[News]:
    """Record a living connection again that was reaped while its process lost its lease.

    A student who was reaped with it comes back with what they said last on it.
    """
    user = User.objects.filter(pk=credentials.user_id).only(*LOCKED_FIELDS).first()
    # The old record may have outlived its lease: then the disconnect that comes will take it.
    if user is None or Connection.objects.filter(pk=address.connection_id).exists():
        return []
    placement = placements_of([user.pk]).get(user.pk)
    tutor = placement.tutor if placement else None
    connection_records.add([_row(address, credentials, user, tutor, now() - age)])
    if placement is None:
        return []
    rows = locks.presences([user.pk], {user.pk: user, placement.tutor.pk: placement.tutor})
    news = transitions.connect(rows[user.pk], placement, now(), latest)
    transitions.save(rows.values())
    class_history.record_stays(news)
    return news


# The lock makes simultaneous connects of one user, on two processes, count each other.
_LOCKED = KeptQuery(
    lambda ids: (
        User.objects.select_for_update(no_key=True)
        .filter(AnyOf("pk", ids), is_active=True)
        .annotate(cooldown_until=cooldown_records.end_for_user())
        .order_by("pk")
        .only(*LOCKED_FIELDS)
    )
)


def lock_users(ids: set[int]) -> dict[int, User]:
    """Lock those who exist and may sign in, by their ids."""
    return {user.pk: user for user in _LOCKED.models(ids)}


def _row(
    address: SocketAddress,
    credentials: Credentials,
    user: User,
    tutor: User | None,
    at: datetime,
) -> NewRecord:
    return NewRecord(
        connection_id=address.connection_id,
        channel=address.channel,
        server=address.server_id,
        user=user.pk,
        credentials_version=credentials.version,
        user_email=user.email,
        user_type=user.user_type or "",
        tutor=tutor.pk if tutor else None,
        tutor_email=tutor.email if tutor else None,
        connected_at=at,
        expires_at=at + timedelta(seconds=settings.LIMITS.connection_age_seconds),
    )
