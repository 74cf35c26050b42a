"""Bulk changes that are announced like single ones, since Django sends no signal for them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet

from speaktracker.roster.announcements import announce_mappings, announce_people
from speaktracker.roster.change_log.log_triggers import CREDENTIALS

if TYPE_CHECKING:
    from speaktracker.roster.models import TutorStudent, User  # noqa: F401

# What a live socket shows or stands on.
ANNOUNCED_FIELDS = ("email", "name", *CREDENTIALS, "credentials_version")


class PeopleQuerySet(QuerySet["User"]):
    """People; an update of what sockets stand on is announced."""

    @transaction.atomic(savepoint=False)
    def update(self, **fields: Any) -> int:
        if not set(ANNOUNCED_FIELDS) & fields.keys():
            return super().update(**fields)
        changing = list(self.order_by().values_list("pk", flat=True))
        updated = super().update(**fields)
        announce_people(changing)
        return updated


class MappingQuerySet(QuerySet["TutorStudent"]):
    """Mappings; bulk creations and updates are announced."""

    @transaction.atomic(savepoint=False)
    def update(self, **fields: Any) -> int:
        students = set(self.order_by().values_list("student_id", flat=True))
        pks = list(self.order_by().values_list("pk", flat=True))
        updated = super().update(**fields)
        if "student" in fields or "student_id" in fields:
            students |= set(
                self.model.objects.filter(pk__in=pks).values_list("student_id", flat=True)
            )
        announce_mappings(students)
        return updated

    @transaction.atomic(savepoint=False)
    def bulk_create(self, objs: Iterable["TutorStudent"], *args: Any, **kwargs: Any) -> Any:
        mappings = list(objs)
        created = super().bulk_create(mappings, *args, **kwargs)
        announce_mappings(mapping.student_id for mapping in mappings)
        return created
