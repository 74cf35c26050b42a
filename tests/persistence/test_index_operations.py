"""Indexes are added beside writers, and again where an attempt broke off."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.state import ProjectState
from django.db.models import Index

from speaktracker.db.index_operations import AddIndexBesideWriters


@pytest.mark.django_db(transaction=True)
def test_an_index_may_be_added_twice_and_taken_back() -> None:
    before, after = ProjectState.from_apps(apps), ProjectState.from_apps(apps)
    operation = AddIndexBesideWriters("feedback", Index(fields=("state",), name="tried_twice"))
    operation.state_forwards("feedback", after)
    for _ in range(2):
        with connection.schema_editor(atomic=False) as editor:
            operation.database_forwards("feedback", editor, before, after)
    assert "tried_twice" in indexes_of_feedback()
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("feedback", editor, after, before)
    assert "tried_twice" not in indexes_of_feedback()


def indexes_of_feedback() -> set[str]:
    """Name what the database has now."""
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, "feedback_feedback"))
