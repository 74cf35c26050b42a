"""What the classroom holds on people: erased with them, a tutor named by a pseudonym; or shown."""

from collections.abc import Collection
from typing import Any

from django.dispatch import receiver

from realtime.models import (
    ClassStay,
    Connection,
    Cooldown,
    PracticeChange,
    PracticeSession,
    Presence,
)
from speaktracker.persistence import outbox
from speaktracker.persistence.records import session_key
from speaktracker.persistence.tables import SESSIONS
from speaktracker.roster.erasure.holdings import Holding, Shown, register, shown
from speaktracker.roster.erasure.named_person import NamedPerson, ids_of
from speaktracker.roster.selectors import in_batches
from speaktracker.roster.signals import people_going

SESSION_KEY = ("student_email", "session_id")


@receiver(people_going)
def erase_sessions(people: Collection[NamedPerson], **_kwargs: Any) -> None:
    """Queue all sessions of these people at once, and name the tutors of others' no more."""
    for some in in_batches(ids_of(people)):
        own = PracticeSession.objects.filter(student__in=some).order_by()
        outbox.erased_many(SESSIONS, (session_key(*key) for key in own.values_list(*SESSION_KEY)))
    for person in people:
        watched = PracticeSession.objects.filter(tutor_email=person.email).order_by()
        keys = [session_key(*key) for key in watched.values_list(*SESSION_KEY)]
        watched.update(tutor_email=person.pseudonym)
        outbox.changed_many(SESSIONS, keys)


def connections(person: NamedPerson) -> Shown:
    """Show the sockets that this person has open."""
    own = Connection.objects.filter(user=person.pk)
    return shown(own, "connection_id", "user_type", "tutor_email", "connected_at", "expires_at")


def students_connections(person: NamedPerson) -> Shown:
    """Say of the sockets of a tutor's students when they opened; whose they are is theirs."""
    return shown(Connection.objects.filter(tutor=person.pk), "connected_at")


def presence(person: NamedPerson) -> Shown:
    """Show whether a student is here, and what they said last."""
    practice = ("status", "session_id", "current_sentence", "progress", "skipped", "last_update")
    own = Presence.objects.filter(student=person.pk)
    asked = ("help_state", "help_at", "help_asked_at", "help_note", "help_seen_at")
    return shown(own, "online", "in_class", "came_at", "group", *practice, *asked)


def students_present(person: NamedPerson) -> Shown:
    """Say of a tutor's students whether they are in class; who they are is theirs."""
    return shown(Presence.objects.filter(tutor=person.pk), "in_class")


def practice_sessions(person: NamedPerson) -> Shown:
    """Show what a student practised."""
    fields = (
        "session_id",
        "tutor_email",
        "status",
        "current_sentence",
        "progress",
        "skipped",
        "done",
    )
    own = PracticeSession.objects.filter(student=person.pk)
    return shown(own, *fields, "started_at", "last_update", "ended_at", "client_timestamp")


def class_stays(person: NamedPerson) -> Shown:
    """Show when a student was in class."""
    own = ClassStay.objects.filter(student=person.pk)
    return shown(own, "came_at", "left_at", "reason", "group", "tutor__email")


def students_stays(person: NamedPerson) -> Shown:
    """Say when a tutor's students were in class; who they are is theirs."""
    return shown(ClassStay.objects.filter(tutor=person.pk), "came_at", "left_at")


def practice_changes(person: NamedPerson) -> Shown:
    """Show what a student did, each time the status, the session or the sentence changed."""
    fields = ("at", "status", "session_id", "current_sentence", "progress", "skipped", "done")
    return shown(PracticeChange.objects.filter(student=person.pk), *fields)


def cooldowns(person: NamedPerson) -> Shown:
    """Say until when this person is not let in."""
    return shown(Cooldown.objects.filter(user=person.pk), "until")


register(
    Holding("connections", (Connection,), connections),
    Holding("connections_of_students", (Connection,), students_connections),
    Holding("presence", (Presence,), presence),
    Holding("presence_of_students", (Presence,), students_present),
    Holding("practice_sessions", (PracticeSession,), practice_sessions),
    Holding("class_stays", (ClassStay,), class_stays),
    Holding("class_stays_of_students", (ClassStay,), students_stays),
    Holding("practice_changes", (PracticeChange,), practice_changes),
    Holding("cooldowns", (Cooldown,), cooldowns),
)
