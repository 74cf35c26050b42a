"""What the classroom does when people and mappings change, in the admin or anywhere else."""

from collections.abc import Sequence
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from realtime.broadcast import publish
from realtime.presence import transitions
from realtime.protocol.codes import CloseCode
from speaktracker.roster.models import User
from speaktracker.roster.signals import mapping_changed, people_changed


@receiver(mapping_changed)
def move_students(student_ids: Sequence[int], **_kwargs: Any) -> None:
    """Move connected students to their new tutors' dashboards without a reconnect."""
    for start in range(0, len(student_ids), 500):
        publish.announce_from_thread(transitions.reconcile(student_ids[start : start + 500]))


@receiver(pre_delete, sender=User)
def part_with(instance: User, **_kwargs: Any) -> None:
    """Have a deleted student leave their tutor's dashboards, and a deleted tutor their students."""
    news = transitions.part(instance.pk)
    transaction.on_commit(lambda: publish.announce_from_thread(news))


@receiver(people_changed)
def close_or_rename(user_ids: Sequence[int], **_kwargs: Any) -> None:
    """Close the sockets of people who may not be here any longer; rename the others'."""
    people = {user.pk: user for user in User.objects.filter(pk__in=user_ids)}
    for user_id in user_ids:
        async_to_sync(_apply)(user_id, people.get(user_id))


async def _apply(user_id: int, user: User | None) -> None:
    if user is None:
        await publish.close_sockets(user_id, CloseCode.REMOVED)
    elif not user.is_active:
        await publish.close_sockets(user_id, CloseCode.INVALID_CREDENTIALS)
    elif user.user_type is None:
        await publish.close_sockets(user_id, CloseCode.FORBIDDEN)
    else:
        await publish.renamed(user_id, user.name)
