"""Erasing people, the one door: for the admin, the commands and whoever else deletes somebody."""

from collections.abc import Callable, Collection

from django.db import IntegrityError, transaction

from speaktracker.persistence import mirrored_names
from speaktracker.roster.erasure.named_person import NamedPerson
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.selectors import in_batches
from speaktracker.roster.services import assign_many
from speaktracker.roster.signals import people_going

# Deleted in one transaction, so that nobody waits long for the writer.
TOGETHER = 20
ATTEMPTS = 3


def erase_people(
    people_ids: Collection[int],
    successor_id: int | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> int:
    """Delete people and what names them; their students get the tutor `successor_id`, or nobody.

    Some at a time, each batch a transaction of its own; `progress` is told how many are done.
    Returns how many there were. Raises ValidationError where the successor is no tutor.
    """
    erased = 0
    for some in in_batches(people_ids):
        for start in range(0, len(some), TOGETHER):
            erased += _erase_surely(some[start : start + TOGETHER], successor_id, people_ids)
            progress(erased)
    return erased


def erase_rests(person: NamedPerson) -> None:
    """Erase what still names somebody whose row is gone."""
    with transaction.atomic():
        people_going.send(sender=User, people=[person])


def erase_left_items(person: NamedPerson) -> int:
    """Queue what the mirror's store has under an address; return how many items.

    What SQL knows was queued with the deletion: this finds what it knows nothing of. Raises
    StoreUnavailable.
    """
    return mirrored_names.queue_items_of(person.email)


def _erase_surely(ids: Collection[int], successor_id: int | None, going: Collection[int]) -> int:
    for _ in range(ATTEMPTS - 1):
        try:
            return _erase(ids, successor_id, going)
        except IntegrityError:
            continue  # somebody recorded something of them meanwhile, which goes with the next try
    return _erase(ids, successor_id, going)


@transaction.atomic
def _erase(ids: Collection[int], successor_id: int | None, going: Collection[int]) -> int:
    if successor_id is not None:
        taught = TutorStudent.objects.filter(tutor__in=ids).exclude(student__in=ids)
        students = set(taught.order_by().values_list("student_id", flat=True)) - set(going)
        assign_many(dict.fromkeys(students, successor_id))
    people = User.objects.filter(pk__in=ids)
    count = people.count()
    people.delete()
    return count
