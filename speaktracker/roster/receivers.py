"""Turns what Django says about single rows, cascades included, into announcements."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver

from speaktracker.guard import services as guard
from speaktracker.roster.announcements import announce_mappings, announce_people
from speaktracker.roster.erasure.named_person import NamedPerson
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.querysets import ANNOUNCED_FIELDS
from speaktracker.roster.signals import people_going


@receiver(pre_save, sender=TutorStudent)
def a_mapping_is_about_to_change(instance: TutorStudent, raw: bool, **_: Any) -> None:
    """Announce the student a mapping had before, should it name another one now."""
    if instance.pk and not raw:
        before = TutorStudent.objects.filter(pk=instance.pk).exclude(student=instance.student_id)
        announce_mappings(before.order_by().values_list("student_id", flat=True))


@receiver(post_save, sender=TutorStudent)
@receiver(post_delete, sender=TutorStudent)
def a_mapping_changed(instance: TutorStudent, **_: Any) -> None:
    """Announce the student of a mapping that was saved or deleted."""
    announce_mappings([instance.student_id])


@receiver(pre_save, sender=User)
def a_person_is_about_to_change(
    instance: User, raw: bool, update_fields: frozenset[str] | None, **_: Any
) -> None:
    """Announce a person of whom a save changes what sockets stand on."""
    announced = [
        name for name in ANNOUNCED_FIELDS if update_fields is None or name in update_fields
    ]
    if not instance.pk or raw or not announced:
        return
    before = User.objects.filter(pk=instance.pk).values(*announced).first()
    if before and any(before[name] != getattr(instance, name) for name in announced):
        announce_people([instance.pk])


@receiver(pre_delete, sender=User)
def people_are_about_to_go(instance: User, origin: Any, **_: Any) -> None:
    """Have everybody erase what names a person, whoever deletes them and however.

    Django signals each person of a queryset that is deleted; the first signal deals with all.
    """
    dealt_with: set[int] = getattr(origin, "erased_ids", set())
    if instance.pk in dealt_with:
        return
    together = isinstance(origin, QuerySet) and origin.model is User and not dealt_with
    rows = origin.order_by().values_list("pk", "email", "name") if together else ()
    people = {pk: NamedPerson(pk, email, name) for pk, email, name in rows}
    people[instance.pk] = NamedPerson(instance.pk, instance.email, instance.name)
    if together:
        origin.erased_ids = set(people)
    people_going.send(sender=User, people=list(people.values()))


@receiver(people_going)
def forget_tries(people: Collection[NamedPerson], **_: Any) -> None:
    """Have the guard of passwords forget these people."""
    guard.forget_accounts(person.email for person in people)


@receiver(post_delete, sender=User)
def a_person_is_gone(instance: User, **_: Any) -> None:
    """Announce a deleted person; the id is still known here."""
    announce_people([instance.pk])
