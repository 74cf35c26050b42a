"""Practice sessions that somebody else wrote into the mirror's table, taken into SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from realtime.mirror import storable_progress
from realtime.models import PracticeSession, PracticeStatus
from realtime.presence import locks
from realtime.protocol.wire_limits import PROGRESS_BOUND, SESSION_ID_LENGTH
from speaktracker.clock import now
from speaktracker.db.key_lookup import KeyAmong
from speaktracker.persistence import outbox
from speaktracker.persistence.foreign.importers import ImportCounts, ImportOptions, Occupied
from speaktracker.persistence.foreign.item_values import BadItem, moment_of, number_of, text_of
from speaktracker.persistence.records import SESSION_LIFETIME, Key, session_key
from speaktracker.persistence.tables import SESSIONS, Attributes
from speaktracker.roster.imports.named_people import NamedPeople, named_people
from speaktracker.text import EMAIL_LENGTH, normal_email, normal_text


@dataclass(frozen=True, slots=True)
class ForeignSession:
    """A session, its parts as they are stored here, and the `key` of the item that it was."""

    key: Key
    student_email: str
    session_id: str
    tutor_email: str
    status: str
    current_sentence: str
    progress: float
    started_at: datetime
    moment: datetime
    ended_at: datetime | None

    @property
    def own_key(self) -> Key:
        """Name its record as the mirror does."""
        return session_key(self.student_email, self.session_id)

    @property
    def is_renamed(self) -> bool:
        """Tell whether its record's key is another than the item's."""
        return self.own_key != self.key


class SessionImporter:
    """The `Importer` of the practice-sessions table."""

    row_type = ForeignSession

    def read(self, key: Key, item: Attributes) -> ForeignSession:
        """Read a live item; raises BadItem."""
        student, session_id = normal_email(key[0]), normal_text(key[1])
        if not 0 < len(student) <= EMAIL_LENGTH or "#" in student:
            raise BadItem("student_email is no address")
        if not session_id.strip() or len(session_id) > SESSION_ID_LENGTH:
            raise BadItem(f"session_id is blank or longer than {SESSION_ID_LENGTH} characters")
        started, moment = moment_of(item, "started_at"), moment_of(item, "last_update")
        ended = moment_of(item, "ended_at")
        moment = moment or ended or started
        if moment is None:
            raise BadItem("it has neither last_update nor started_at")
        progress = number_of(item, "progress") or 0
        if abs(progress) > PROGRESS_BOUND:
            raise BadItem(f"progress is beyond {PROGRESS_BOUND:,}")
        return ForeignSession(
            key=key,
            student_email=student,
            session_id=session_id,
            tutor_email=normal_email(text_of(item, "tutor_email"))[:EMAIL_LENGTH],
            status=status_of(item, ended is not None),
            current_sentence=normal_text(text_of(item, "current_sentence")),
            progress=storable_progress(progress),
            started_at=started or moment,
            moment=moment,
            ended_at=ended,
        )

    def take(
        self, rows: Sequence[ForeignSession], options: ImportOptions, occupied: Occupied
    ) -> ImportCounts:
        """Make a session of each row that is not there yet; see `Importer.take`."""
        counts = ImportCounts()
        renamed = [row.own_key for row in rows if row.is_renamed]
        taken = set(occupied(renamed)) if renamed else set()
        with transaction.atomic():
            known = sessions_there(rows)
            fresh = []
            for row in rows:
                if row.own_key in known:
                    counts.known += 1
                elif row.moment + SESSION_LIFETIME <= now():
                    counts.expired += 1
                elif row.is_renamed and row.own_key in taken:
                    counts.note_bad(row.key, "the same session stands there under another key")
                else:
                    taken.add(row.own_key)
                    fresh.append(row)
            pairs = [(row.student_email, row.tutor_email or None) for row in fresh]
            found = named_people(pairs, options.create_users)
            counts.created = set(found.created)
            fitting = [row for row in fresh if is_fitting(row, found, counts)]
            create(fitting, found)
            counts.taken = len(fitting)
            ours = [*fitting, *(row for row in rows if is_copy(row, known))]
            keys = [key for row in ours for key in {row.own_key, row.key}]
            outbox.changed_many(SESSIONS, keys)
            transaction.set_rollback(options.dry_run)
        return counts


def status_of(item: Attributes, has_ended: bool) -> str:
    """Read the status that was reported last; raises BadItem where it is a word nobody knows."""
    status = text_of(item, "status").lower()
    if not status:
        return (PracticeStatus.FINISHED if has_ended else PracticeStatus.IDLE).value
    if status not in PracticeStatus.values:
        raise BadItem(f"status is none of {', '.join(PracticeStatus.values)}")
    return status


def sessions_there(rows: Sequence[ForeignSession]) -> dict[Key, PracticeSession]:
    """Read the sessions that SQL has under the keys of rows."""
    among = KeyAmong(("student_email", "session_id"), [row.own_key for row in rows])
    found = PracticeSession.objects.filter(among).order_by()
    return {session_key(row.student_email, row.session_id): row for row in found}


def is_copy(row: ForeignSession, known: Mapping[Key, PracticeSession]) -> bool:
    """Tell whether an item says no more than the session that SQL has."""
    there = known.get(row.own_key)
    return (
        there is not None
        and there.last_update >= row.moment
        and (not row.is_renamed or there.started_at == row.started_at)
    )


def is_fitting(row: ForeignSession, found: NamedPeople, counts: ImportCounts) -> bool:
    """Tell whether a row's student is there, and count it where it cannot be taken."""
    if row.student_email not in found.people:
        counts.no_user += 1
        counts.strangers.add(row.student_email)
        return False
    if reason := found.misfit((row.student_email, row.tutor_email or None)):
        counts.note_bad(row.key, reason)
    return not reason


def create(rows: Sequence[ForeignSession], found: NamedPeople) -> None:
    """Make the sessions of rows; what the server reports of one from now on is newer."""
    # Under these locks nobody else makes their sessions meanwhile.
    locks.presences({found.people[row.student_email].pk for row in rows})
    PracticeSession.objects.bulk_create(
        PracticeSession(
            student=found.people[row.student_email],
            session_id=row.session_id,
            student_email=row.student_email,
            tutor_email=row.tutor_email,
            status=row.status,
            current_sentence=row.current_sentence,
            progress=row.progress,
            started_at=row.started_at,
            last_update=row.moment,
            ended_at=row.ended_at,
        )
        for row in rows
    )
