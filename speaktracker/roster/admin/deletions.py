"""Deleting people in the admin: what the product recorded of them goes with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote
from django.db.models import PROTECT, RESTRICT, Model, Q, QuerySet
from django.db.models.deletion import CASCADE, get_candidate_relations_to_delete
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from speaktracker.db.bounded_pages import count_together
from speaktracker.roster.models import TutorStudent, User

# How many people are named, and how many rows of a kind are counted.
MOST_NAMED = 200
MOST_ROWS = 100_000

_of_people: ContextVar[bool] = ContextVar("deletion_of_people", default=False)


class RowsToDelete(NamedTuple):
    """What `ModelAdmin.get_deleted_objects` answers, in its order."""

    nested: list[Any]
    counts: dict[str, int]
    not_permitted: set[str]
    protected: list[str]


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
    """Count, kind by kind, what goes with `people`, in one query.

    Django's own search reads every row to name it: all feedback of a student, for one page.
    """
    chosen = list(people)
    rows = kinds_that_go([person.pk for person in chosen])
    found = count_together({kind: each for kind, (each, _how) in rows.items()}, MOST_ROWS)
    counts: dict[Any, int] = {
        User: len(chosen),
        **{kind: count for kind, count in found.items() if count},
    }
    with deletion_of_people():
        not_permitted = {
            kind
            for kind in counts
            if kind is not User
            and site.is_registered(kind)
            and not site.get_model_admin(kind).has_delete_permission(request)
        }
    may_delete = site.get_model_admin(User).has_delete_permission
    if not all(may_delete(request, person) for person in chosen):
        not_permitted.add(User)
    names: list[Any] = [described(person, site) for person in chosen[:MOST_NAMED]]
    if len(chosen) > MOST_NAMED:
        names.append(_("and %(count)s more") % {"count": len(chosen) - MOST_NAMED})
    lines = [
        f"{capfirst(kind._meta.verbose_name_plural)}: {count}"
        for kind, count in counts.items()
        if kind not in (User, TutorStudent)
    ]
    kept = [k for k in counts if k is not User and rows[k][1] in (PROTECT, RESTRICT)]
    return RowsToDelete(
        [*names, lines + (mappings_of(rows[TutorStudent][0]) if TutorStudent in counts else [])],
        {str(kind._meta.verbose_name_plural): count for kind, count in counts.items()},
        {str(kind._meta.verbose_name) for kind in not_permitted},
        [str(kind._meta.verbose_name_plural) for kind in kept],
    )


def mappings_of(mappings: QuerySet[TutorStudent]) -> list[str]:
    """Name who teaches whom no longer, up to MOST_NAMED."""
    some = mappings.select_related("student", "tutor").order_by("student__email")
    names = [str(mapping) for mapping in some[: MOST_NAMED + 1]]
    return names if len(names) <= MOST_NAMED else [*names[:MOST_NAMED], "…"]


def kinds_that_go(people: list[int]) -> dict[type[Model], tuple[QuerySet[Any], Any]]:
    """Find the rows of each model that go with people of these ids, or keep them, and how."""
    found: dict[type[Model], tuple[QuerySet[Any], Any]] = {}
    # The ids themselves: what is looked up in a query of them is joined, and read to the end.
    waiting: list[tuple[type[Model], Any]] = [(User, people)]
    while waiting:
        model, rows = waiting.pop(0)
        relations: Any = get_candidate_relations_to_delete(model._meta)
        for relation in relations:
            kind: Any = relation.related_model
            how = relation.on_delete
            # Who is in which group has no words of its own.
            if kind._meta.auto_created or how not in (CASCADE, PROTECT, RESTRICT):
                continue
            named = Q(**{f"{relation.field.name}__in": rows})
            if kind in found:
                found[kind] = (found[kind][0] | kind._base_manager.filter(named).order_by(), how)
                continue
            found[kind] = (kind._base_manager.filter(named).order_by(), how)
            if how is CASCADE:
                waiting.append((kind, found[kind][0].values("pk")))
    return found


def described(person: User, site: AdminSite) -> Any:
    """Name a person, with a link to their page."""
    url = reverse(f"{site.name}:roster_user_change", args=[quote(person.pk)])
    return format_html('{}: <a href="{}">{}</a>', capfirst(User._meta.verbose_name), url, person)
