"""What is held of feedback on people: a student's goes with them, a tutor's stays for students."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.dispatch import receiver

from feedback import store
from feedback.frames import shown_frame
from feedback.models import Feedback
from speaktracker.persistence import outbox
from speaktracker.persistence.records import feedback_key
from speaktracker.persistence.tables import FEEDBACK
from speaktracker.roster.erasure.holdings import Holding, Shown, register
from speaktracker.roster.erasure.named_person import NamedPerson, ids_of
from speaktracker.roster.selectors import in_batches
from speaktracker.roster.signals import people_going


@receiver(people_going)
def erase_feedback(people: Collection[NamedPerson], **_kwargs: Any) -> None:
    """Queue the students' feedback, which goes, and put pseudonyms for the tutors of what stays.

    All of a person at once: one by one, a tutor's of a month took 25 s.
    """
    ids = ids_of(people)
    for some in in_batches(ids):
        own = Feedback.objects.filter(student__in=some).order_by()
        outbox.erased_many(
            FEEDBACK, (feedback_key(*key) for key in own.values_list(*store.MIRROR_KEY))
        )
    for person in people:
        if person.pk is not None:
            take_tutor_out(person, person.pk, ids)


def take_tutor_out(person: NamedPerson, tutor_id: int, going: Collection[int]) -> None:
    """Have what a tutor gave read on under their pseudonym, but to those who are `going` too.

    The tutor is a part of the mirror's key: the old items go, and new ones take their place.
    """
    given, gone = Feedback.objects.filter(tutor=tutor_id).order_by(), set(going)
    rows = given.values_list("student_id", *store.MIRROR_KEY)
    keys = [key for student_id, *key in rows if student_id not in gone]
    given.update(tutor=None, tutor_email=person.pseudonym, idempotency_key=None)
    outbox.erased_many(FEEDBACK, (feedback_key(*key) for key in keys))
    outbox.changed_many(FEEDBACK, (feedback_key(person.pseudonym, *key[1:]) for key in keys))


SAID = ("message_id", "session_id", "message", "message_type", "audio_url", "speak", "timestamp")
BECAME = ("state", "written_at", "acknowledged_at", "expires_at")


def received(person: NamedPerson) -> Shown:
    """Show what a student was told, and by whom."""
    own = Feedback.objects.filter(student=person.pk)
    return in_plain(own, "tutor_email", *SAID, *BECAME)


def given(person: NamedPerson) -> Shown:
    """Show what a tutor said; to whom is the student's."""
    own = Feedback.objects.filter(tutor=person.pk, tutor__isnull=False)
    return in_plain(own, *SAID, "client_timestamp")


def in_plain(rows: QuerySet[Feedback], *fields: str) -> Shown:
    """Read some fields of rows, oldest first; a text that cannot be decrypted says so."""
    found = []
    for row in rows.order_by("pk"):
        frame = shown_frame(row)
        texts = {"message": frame.message, "audio_url": frame.audio_url or None}
        found.append(
            {name: texts[name] if name in texts else getattr(row, name) for name in fields}
        )
    return found


register(
    Holding("feedback_received", (Feedback,), received),
    Holding("feedback_given", (Feedback,), given),
)
