"""What the classroom does when people, mappings and sign-ins change through Django's models.

Changes that came by any other way are found in the change log (change_follower.py), which is also
where these are read: an announcement only has every process look at once.
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from realtime.broadcast import publish
from realtime.presence import transitions
from realtime.presence.news import News
from speaktracker.auth.validity.signals import credentials_ended
from speaktracker.roster.erasure.named_person import NamedPerson, ids_of
from speaktracker.roster.selectors import in_batches
from speaktracker.roster.signals import (
    loans_changed,
    mapping_changed,
    people_changed,
    people_going,
)


@receiver([people_changed, loans_changed, credentials_ended])
def have_people_looked_at(user_ids: Collection[int], **_kwargs: Any) -> None:
    """Have the processes with sockets of these people, or of their students, look into the log."""
    publish.from_thread(publish.roster_changed, user_ids)


@receiver(mapping_changed)
def have_students_looked_at(student_ids: Collection[int], **_kwargs: Any) -> None:
    """Have the processes with sockets of these students, or with dashboards, look into the log."""
    publish.from_thread(publish.roster_changed, (), student_ids)


@receiver(people_going)
def part_from_those_who_go(people: Collection[NamedPerson], **_kwargs: Any) -> None:
    """Have deleted students leave their tutors' dashboards, and deleted tutors their students."""
    news: list[News] = []
    for batch in in_batches(ids_of(people)):
        news += transitions.part_from(batch)
    transaction.on_commit(lambda: publish.from_thread(publish.announce, news))
