"""What the classroom does when people and mappings change, in the admin or anywhere else."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from realtime.broadcast import publish
from realtime.presence import transitions
from realtime.presence.transitions import News
from realtime.protocol.codes import CloseCode
from speaktracker.roster.models import User
from speaktracker.roster.selectors import in_batches
from speaktracker.roster.signals import mapping_changed, people_changed


@receiver(mapping_changed)
def move_students(student_ids: Sequence[int], **_kwargs: Any) -> None:
    """Move connected students to their new tutors' dashboards without a reconnect."""
    news: list[News] = []
    for batch in in_batches(student_ids):
        news += transitions.reconcile(batch)
    # All at once: each dashboard is told of its whole change, and sends one snapshot.
    publish.from_thread(publish.announce, news)


@receiver(pre_delete, sender=User)
def unassign_deleted(instance: User, origin: Any, **_kwargs: Any) -> None:
    """Have deleted students leave their tutors' dashboards, and deleted tutors their students.

    Django signals each person of a queryset that is deleted; the first signal deals with all.
    """
    dealt_with: set[int] = getattr(origin, "unassigned_ids", set())
    if instance.pk in dealt_with:
        return
    together = isinstance(origin, QuerySet) and origin.model is User and not dealt_with
    ids = {instance.pk, *(origin.values_list("pk", flat=True) if together else ())}
    if together:
        origin.unassigned_ids = ids
    news: list[News] = []
    for batch in in_batches(ids):
        news += transitions.part_from(batch)
    transaction.on_commit(lambda: publish.from_thread(publish.announce, news))


@receiver(people_changed)
def close_or_rename(user_ids: Sequence[int], **_kwargs: Any) -> None:
    """Close the sockets of people who may not be here any longer; rename the others'."""
    people: dict[int, User] = {}
    for batch in in_batches(user_ids):
        people |= User.objects.in_bulk(batch)

    def tell_all() -> None:
        for user_id in user_ids:
            tell_sockets(user_id, people.get(user_id))

    publish.from_thread(tell_all)


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
