"""Deleting people in the admin: what the product recorded of them goes with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import NestedObjects, quote
from django.db import router
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from speaktracker.roster.models import TutorStudent, User

_of_people: ContextVar[bool] = ContextVar("deletion_of_people", default=False)


class RowsToDelete(NamedTuple):
    """What `ModelAdmin.get_deleted_objects` answers, in its order."""

    nested: list[Any]
    counts: dict[str, int]
    not_permitted: set[str]
    protected: list[str]


class RowsOfPeople(NestedObjects):
    """Collects people and every row that goes with them, each mapping with both its people."""

    def related_objects(self, related_model: Any, related_fields: Any, objs: Any) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().related_objects(related_model, related_fields, objs)
        if related_model is TutorStudent:
            return rows.select_related("student", "tutor")
        return rows


@contextmanager
def deletion_of_people() -> Iterator[None]:
    """Have permissions that are asked for inside count as asked on behalf of a deleted person."""
    token = _of_people.set(True)
    try:
        yield
    finally:
        _of_people.reset(token)


def people_are_deleted() -> bool:
    """Tell whether a permission is asked for because a person's rows go with that person."""
    return _of_people.get()


def rows_of_people(people: Any, request: HttpRequest, site: AdminSite) -> RowsToDelete:
    """Find what goes with `people` in a handful of queries.

    Django's own search asks once for each mapping whom it joins: ten thousand times for a tutor.
    """
    rows = RowsOfPeople(using=router.db_for_write(User), origin=people)
    rows.collect(people)
    not_permitted: set[str] = set()

    def described(row: Model) -> str:
        meta, kind = row._meta, capfirst(row._meta.verbose_name)
        if not site.is_registered(type(row)):
            return f"{kind}: {row}"
        if not site.get_model_admin(type(row)).has_delete_permission(request, row):
            not_permitted.add(str(meta.verbose_name))
        page = f"{site.name}:{meta.app_label}_{meta.model_name}_change"
        url = reverse(page, args=[quote(row.pk)])
        return format_html('{}: <a href="{}">{}</a>', kind, url, row)

    with deletion_of_people():
        nested = rows.nested(described)
        protected = [described(row) for row in rows.protected]
    by_model: dict[type[Model], set[Model]] = rows.model_objs  # type: ignore[assignment]
    counts = {str(model._meta.verbose_name_plural): len(by_model[model]) for model in by_model}
    return RowsToDelete(nested, counts, not_permitted, protected)
