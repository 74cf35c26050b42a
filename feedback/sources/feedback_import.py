"""Feedback that somebody else wrote into the mirror's table, taken as if it were given here."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.db import transaction

from feedback import store
from feedback.models import Feedback
from feedback.sources.foreign_feedback import ForeignFeedback, read_feedback
from realtime.presence import locks
from speaktracker.db.bulk_update import update_many
from speaktracker.db.key_lookup import KeyAmong
from speaktracker.field_encryption.ciphertext import is_ciphertext
from speaktracker.persistence import outbox
from speaktracker.persistence.foreign.importers import ImportCounts, ImportOptions, Occupied
from speaktracker.persistence.records import Key, feedback_key, split_feedback_key
from speaktracker.persistence.tables import FEEDBACK, Attributes
from speaktracker.roster.imports.named_people import NamedPeople, named_people


class FeedbackImporter:
    """The `Importer` of the feedback-messages table."""

    row_type = ForeignFeedback

    def read(self, key: Key, item: Attributes) -> ForeignFeedback:
        """Read a live item; raises BadItem."""
        return read_feedback(key, item, settings.AUDIO_URL_HOSTS)

    def take(
        self, rows: Sequence[ForeignFeedback], options: ImportOptions, occupied: Occupied
    ) -> ImportCounts:
        """Give each row that is not there yet its student's next number; see `Importer.take`."""
        counts, known = ImportCounts(), known_keys(rows)
        fresh = placed([row for row in rows if row.message_id not in known], occupied)
        counts.known = len(rows) - len(fresh)
        with transaction.atomic():
            pairs = {(row.student_email, row.tutor_email) for row in fresh}
            found = named_people(pairs, options.create_users)
            counts.created = set(found.created)
            fitting = [row for row in fresh if is_fitting(row, found, counts)]
            create(fitting, found)
            counts.taken = len(fitting)
            known |= {row.message_id: row.own_key for row in fitting}
            # An item under another key would be a second one of the same.
            items = [known[row.message_id] for row in rows if row.message_id in known]
            others = [row.key for row in rows if known.get(row.message_id, row.key) != row.key]
            outbox.changed_many(FEEDBACK, [*items, *others])
            transaction.set_rollback(options.dry_run)
        return counts


def known_keys(rows: Sequence[ForeignFeedback]) -> dict[UUID, Key]:
    """Find what is there of rows, by their ids: the keys of its records."""
    ids = Feedback.objects.filter(message_id__in=[row.message_id for row in rows]).order_by()
    found = {
        pk: feedback_key(*key) for pk, *key in ids.values_list("message_id", *store.MIRROR_KEY)
    }
    # What a release before the mark wrote has an id of its own.
    there = keys_there([row.own_key for row in rows if not row.is_renamed])
    return {row.message_id: row.own_key for row in rows if row.own_key in there} | found


def keys_there(keys: Collection[Key]) -> set[Key]:
    """Select those of keys that records have."""
    among = KeyAmong(store.MIRROR_KEY, [split_feedback_key(key) for key in keys])
    rows = Feedback.objects.filter(among).order_by().values_list(*store.MIRROR_KEY)
    return {feedback_key(*key) for key in rows}


def placed(rows: Sequence[ForeignFeedback], occupied: Occupied) -> list[ForeignFeedback]:
    """Move rows whose key becomes another by a millisecond each until nothing is there.

    Neither a record, nor an item: it would be written over.
    """
    renamed = [row.own_key for row in rows if row.is_renamed]
    taken = {row.own_key for row in rows if not row.is_renamed}
    taken |= {*keys_there(renamed), *(occupied(renamed) if renamed else ())}
    found = []
    for row in rows:
        while row.is_renamed and row.own_key in taken:
            row = replace(row, moment=row.moment + store.MILLISECOND)  # noqa: PLW2901
            if row.own_key not in taken and (keys_there([row.own_key]) or occupied([row.own_key])):
                taken.add(row.own_key)
        taken.add(row.own_key)
        found.append(row)
    return found


def is_fitting(row: ForeignFeedback, found: NamedPeople, counts: ImportCounts) -> bool:
    """Tell whether a row's people are there, and count it where it cannot be taken."""
    pair = (row.student_email, row.tutor_email)
    if missing := found.missing(pair):
        counts.no_user += 1
        counts.strangers.update(missing)
        return False
    reason = found.misfit(pair)
    if is_ciphertext(row.message):
        reason = "message_text is encrypted, and its record is gone"
    if reason:
        counts.note_bad(row.key, reason)
    return not reason


def create(rows: Sequence[ForeignFeedback], found: NamedPeople) -> None:
    """Make the records of rows, which are in the order of their students' numbers."""
    people = found.people
    presences = locks.presences({people[row.student_email].pk for row in rows})
    made = []
    for row in rows:
        student = people[row.student_email]
        presence = presences[student.pk]
        presence.feedback_sequence += 1
        made.append(
            Feedback(
                message_id=row.message_id,
                student=student,
                tutor=people[row.tutor_email],
                student_email=row.student_email,
                tutor_email=row.tutor_email,
                session_id=row.session_id,
                message=row.message,
                message_type=row.message_type,
                audio_url=row.audio_url,
                speak=row.speak,
                timestamp=row.moment,
                expires_at=row.expires_at,
                sequence=presence.feedback_sequence,
            )
        )
    Feedback.objects.bulk_create(made)
    update_many(list(presences.values()), ("feedback_sequence",))
