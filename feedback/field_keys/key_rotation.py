"""Rotation: stored texts are encrypted again with the newest key, or for the first time."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection, transaction

from feedback import store
from feedback.models import Feedback
from speaktracker.field_encryption.ciphertext import UnreadableText
from speaktracker.field_encryption.encrypted_text import encrypted_again, key_list
from speaktracker.field_encryption.key_check import names_in_use

# Rows of one transaction: who acknowledges one of them waits for it, and on SQLite who writes.
BATCH_ROWS = 100
# How often, and after which time, what was locked is come back to.
PASSES = 50
PASS_SECONDS = 0.2
SHOWN = 5


@dataclass(slots=True)
class Rotation:
    """What a rotation did: rows written, and of those that cannot be read how many, and which."""

    written: int = 0
    made_secret: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def note_unreadable(self, row: Feedback, error: UnreadableText) -> None:
        """Count a row that stays as it is."""
        self.reasons[error.reason] += 1
        if len(self.examples) < SHOWN:
            self.examples.append(f"{row.message_id} ({error.reason})")


def outdated_names() -> list[str]:
    """List the keys, the empty one of plain rows too, that rows have besides the newest."""
    return [name for name in names_in_use(Feedback) if name != key_list().newest_name]


def outdated_rows() -> int:
    """Count the rows that are not as the newest key would have them."""
    return Feedback.objects.filter(field_key__in=outdated_names()).order_by().count()


def rotate(rotation: Rotation) -> Iterator[int]:
    """Write every outdated row again, a batch a transaction; yields the rows of each.

    It may be broken off at any time and begun anew, beside itself too. Rows that somebody else has
    locked are come back to, and so is what servers with an older list write meanwhile.
    """
    unreadable: set[int] = set()
    for number in range(PASSES):
        if number:
            time.sleep(PASS_SECONDS)
        for name in outdated_names():
            last = 0
            while batch := _rotate_batch(name, last, rotation, unreadable):
                last = batch[-1]
                yield len(batch)
        if outdated_rows() <= len(unreadable):
            return


@transaction.atomic
def _rotate_batch(name: str, after: int, rotation: Rotation, unreadable: set[int]) -> list[int]:
    """Write the next rows of a key; returns the ids of those that were looked at."""
    # Nobody is waited for who has one of these and wants another.
    unlocked = Feedback.objects.select_for_update(skip_locked=True)
    rows = list(unlocked.filter(field_key=name, pk__gt=after).order_by("pk")[:BATCH_ROWS])
    written = []
    for row in rows:
        try:
            values = encrypted_again(row)
        except UnreadableText as error:
            if row.pk not in unreadable:
                unreadable.add(row.pk)
                rotation.note_unreadable(row, error)
            continue
        # Nothing but the text: how far it has come is somebody else's to write.
        Feedback.objects.filter(pk=row.pk).update(**values, request_digest="")
        written.append(row)
    store.mirror(written)
    rotation.written += len(written)
    rotation.made_secret += 0 if name else len(written)
    return [row.pk for row in rows]


def wipe_free_space() -> bool:
    """Have SQLite's file forget what its rows held before; False when others are using it."""
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_busy, *_ = cursor.fetchone()
    return not is_busy
