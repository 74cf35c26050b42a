"""Rows of any model, made from its fields alone: so a new page of the admin is looked at by itself.

No text of them has a Latin letter but addresses and ids, which are the same in every language.
"""

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import IntegrityError, models, transaction
from django.db.models import Model
from django.utils import timezone

from speaktracker.roster.models import User, UserType

EMAIL = "{}{}@example.com"
# Moments that have not come yet in every other row.
OPEN = ("done_at", "ended_at", "due_at")
# What a field of a kind holds in the row of a number; others hold the number.
KINDS: list[tuple[Any, Callable[[int], Any]]] = [
    (models.URLField, lambda _n: "https://localhost/1"),
    ((models.CharField, models.TextField), lambda n: f"글{n}"),
    (models.BooleanField, lambda n: n % 2 == 0),
    (models.DateTimeField, lambda n: timezone.now() - timedelta(minutes=n)),
    (models.DateField, lambda _n: timezone.localdate()),
    (models.TimeField, lambda _n: timezone.localtime().time()),
    (models.UUIDField, lambda _n: uuid.uuid4()),
    (models.JSONField, lambda _n: []),
    (models.DurationField, lambda n: timedelta(minutes=n)),
    (models.BinaryField, lambda _n: b""),
]


def make_people(students: int, tutors: int) -> None:
    """Make people with Korean names; some tutors have a group of staff."""
    for kind, count in ((UserType.STUDENT, students), (UserType.TUTOR, tutors)):
        User.objects.bulk_create(
            User(email=EMAIL.format(kind, n), name=f"이름{n}", user_type=kind, password="!")
            for n in range(count)
        )
    group = Group.objects.create(name="반장")
    for tutor in User.objects.filter(user_type=UserType.TUTOR)[:3]:
        tutor.groups.add(group)


def fill(model: type[Model], count: int) -> None:
    """Make rows of `model` until there are `count`, and one at least of what they point to."""
    if model is User:
        return
    present = model._default_manager.count()
    targets = {f.name: rows_of(f) for f in model._meta.fields if f.remote_field}
    # Some do not fit together, which the table says: others are tried then.
    for n in range(present, present + 6 * count):
        if present == count:
            return
        values = {f.name: value_of(f, n, targets) for f in model._meta.fields if is_needed(f)}
        with suppress(IntegrityError), transaction.atomic():
            model(**values).save(force_insert=True)
            present += 1


def is_needed(field: Any) -> bool:
    """Tell whether a row wants a value: what makes its own does not."""
    return not isinstance(field, models.AutoField) and not getattr(field, "auto_now_add", False)


def rows_of(field: Any) -> list[Any]:
    """Return what a foreign key may point to."""
    target = field.remote_field.model
    if target is User:
        kind = UserType.TUTOR if "tutor" in field.name else UserType.STUDENT
        return list(User.objects.filter(user_type=kind))
    fill(target, 1)
    return list(target._default_manager.all())


def value_of(field: Any, n: int, targets: dict[str, list[Any]]) -> Any:
    """Invent a value of a field that suits its kind; every other one that may be empty is."""
    if field.name in targets:
        return targets[field.name][n % len(targets[field.name])]
    if field.choices:
        values = [value for value, _word in field.choices]
        return values[n % len(values)]
    if isinstance(field, models.EmailField):
        return EMAIL.format("tutor" if "tutor" in field.name else "student", n)
    if field.null and (field.name in OPEN or not isinstance(field, models.DateTimeField)):
        return None if n % 2 == 0 else made(field, n)
    return made(field, n)


def made(field: Any, n: int) -> Any:
    """Invent a value for a field that holds one."""
    invented = [make(n) for kind, make in KINDS if isinstance(field, kind)]
    value = invented[0] if invented else n + 1
    return value[: field.max_length] if isinstance(value, str) else value
