"""Turns what Django says about single rows, cascades included, into announcements."""

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver

from speaktracker.roster.announcements import announce_mappings, announce_people
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.querysets import ANNOUNCED_FIELDS


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


@receiver(post_delete, sender=User)
def a_person_is_gone(instance: User, **_: Any) -> None:
    """Announce a deleted person; the id is still known here."""
    announce_people([instance.pk])
