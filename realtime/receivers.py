"""What the classroom does when people and mappings change, in the admin or anywhere else."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from realtime.broadcast import publish
from realtime.presence import transitions
from realtime.presence.transitions import News
from realtime.protocol.codes import CloseCode
from speaktracker.roster.models import User
from speaktracker.roster.signals import mapping_changed, people_changed


@receiver(mapping_changed)
def move_students(student_ids: Sequence[int], **_kwargs: Any) -> None:
    """Move connected students to their new tutors' dashboards without a reconnect."""
    news: list[News] = []
    for start in range(0, len(student_ids), 500):
        news += transitions.reconcile(student_ids[start : start + 500])
    # All at once: each dashboard is told of its whole change, and sends one snapshot.
    publish.from_thread(publish.announce, news)


@receiver(pre_delete, sender=User)
def unassign_deleted(instance: User, **_kwargs: Any) -> None:
    """Have a deleted student leave their tutor's dashboards, and a deleted tutor their students."""
    news = transitions.part_from(instance.pk)
    transaction.on_commit(lambda: publish.from_thread(publish.announce, news))


@receiver(people_changed)
def close_or_rename(user_ids: Sequence[int], **_kwargs: Any) -> None:
    """Close the sockets of people who may not be here any longer; rename the others'."""
    people = {user.pk: user for user in User.objects.filter(pk__in=user_ids)}
    for user_id in user_ids:
        publish.from_thread(tell_sockets, user_id, people.get(user_id))


def tell_sockets(user_id: int, user: User | None) -> None:
    """Tell one user's sockets what became of them."""
    if user is None:
        publish.close_sockets(user_id, CloseCode.REMOVED)
    elif not user.is_active:
        publish.close_sockets(user_id, CloseCode.INVALID_CREDENTIALS)
    elif user.user_type is None:
        publish.close_sockets(user_id, CloseCode.FORBIDDEN)
    else:
        publish.renamed(user_id, user.name)
