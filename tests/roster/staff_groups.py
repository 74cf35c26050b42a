"""The groups of staff as their migration makes them, for tests: a flushed database has none."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

MIGRATION: Any = import_module("speaktracker.roster.migrations.0006_staff_groups")
# Each gives one group rights to models that came later: its app and their names.
LATER: list[tuple[Any, tuple[str, ...]]] = [
    (
        import_module("feedback.migrations.0008_quick_reply_rights"),
        ("feedback.{}_schoolquickreply",),
    ),
    (import_module("speaktracker.roster.migrations.0010_year_end_rights"), ("roster.{}_yearend",)),
    (import_module("speaktracker.roster.migrations.0011_loans"), ("roster.{}_loan",)),
    (
        import_module("realtime.migrations.0008_sentence_rights"),
        ("realtime.{}_sentencelist", "realtime.{}_sentenceassignment"),
    ),
    (import_module("realtime.migrations.0010_stay_rights"), ("realtime.{}_classstay",)),
]
GROUPS: dict[str, tuple[str, ...]] = dict(MIGRATION.GROUPS)
for _later, _rights in LATER:
    GROUPS[_later.GROUP] += tuple(
        _right.format(action) for _right in _rights for action in _later.ACTIONS
    )


def make_groups() -> None:
    """Make what is not there of them."""
    schema_editor = SimpleNamespace(connection=connection)
    there = set(Group.objects.values_list("name", flat=True))
    MIGRATION.make_groups(apps, schema_editor)
    for later, _ in LATER:
        if later.GROUP not in there:
            later.give_rights(apps, schema_editor)
