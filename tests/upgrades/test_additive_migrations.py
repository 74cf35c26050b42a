"""Migrations only add, so that the release before this one goes on beside the new tables.

That release writes rows without the new columns, and reads all that it knew. What is neither adds
nor widens has a row below that says why the release before does not notice.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db.migrations import operations as kinds
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field
from django.db.models.fields import NOT_PROVIDED

from speaktracker.db.index_operations import AddIndexBesideWriters

LOADER = MigrationLoader(None, ignore_no_migrations=True)
PACKAGES = ("speaktracker", "realtime", "feedback")
OURS = {app.label for app in apps.get_app_configs() if app.name.split(".")[0] in PACKAGES}
LATER = sorted(key for key in LOADER.disk_migrations if key[0] in OURS and key[1] != "0001_initial")
ADDING = (
    *(kinds.CreateModel, kinds.AddIndex, AddIndexBesideWriters),
    *(kinds.AlterModelOptions, kinds.AlterModelManagers),
)
TRIGGERS = "triggers of ours, taken away and put back around what alters their table"
RIGHTS = "gives rights to groups, which the release before does not ask about"
# What is no operation of ADDING, by its migration: why the release before this one goes on.
ALLOWED = {
    ("identity", "0004_family_triggers", "RunPython"): "a trigger on a table that it does not know",
    ("roster", "0002_mapping_triggers", "RunPython"): TRIGGERS,
    ("roster", "0003_credentials_version", "RunPython"): TRIGGERS,
    ("roster", "0004_change_log", "RunPython"): TRIGGERS,
    ("roster", "0007_groups", "RunPython"): TRIGGERS,
    ("roster", "0008_language_and_year_end", "RunPython"): TRIGGERS,
    ("roster", "0011_loans", "RunPython"): "a trigger on a table that it does not know",
    ("roster", "0004_change_log", "SeparateDatabaseAndState"): "the table stays for it to read",
    ("roster", "0005_indexes_for_size", "RunSQL"): "indexes on a table of Django's",
    ("roster", "0006_staff_groups", "RunPython"): RIGHTS,
    ("roster", "0010_year_end_rights", "RunPython"): RIGHTS,
    ("roster", "0014_people_by_pieces", "RunPython"): "an index, and the function that it calls",
    ("realtime", "0008_sentence_rights", "RunPython"): RIGHTS,
    ("realtime", "0010_stay_rights", "RunPython"): RIGHTS,
    ("feedback", "0008_quick_reply_rights", "RunPython"): RIGHTS,
    ("feedback", "0003_indexes_for_size", "SeparateDatabaseAndState"): "an index that others lead",
    ("realtime", "0004_indexes_for_size", "SeparateDatabaseAndState"): "the same",
    ("feedback", "0005_field_encryption", "SeparateDatabaseAndState"): "a column with a default,"
    " and one that becomes wider",
    ("persistence", "0002_indexes_for_size", "RemoveIndex"): "an index whose place another takes",
}


def trouble(before: Field, after: Field) -> str | None:  # type: ignore[type-arg]
    """Say what the release before could no longer write or read after a field was altered."""
    if before.null and not after.null:
        return "no longer takes NULL"
    if (before.get_internal_type(), before.db_column) != (
        after.get_internal_type(),
        after.db_column,
    ):
        return "has another type or column"
    if after.unique and not before.unique:
        return "refuses what is there twice"
    if after.max_length and (before.max_length or 0) > after.max_length:
        return "holds less"
    if before.db_default is not NOT_PROVIDED and after.db_default is NOT_PROVIDED:
        return "lost its default in the database"
    return None


def troubles(key: tuple[str, str], operation: Operation, before: ProjectState) -> Iterator[str]:
    """List what an operation takes away or demands."""
    kind = type(operation).__name__
    if isinstance(operation, kinds.AddField):
        field = operation.field
        if not (field.null or field.many_to_many) and field.db_default is NOT_PROVIDED:
            yield f"{operation.name} has neither NULL nor a default in the database (db_default)"
    elif isinstance(operation, kinds.AlterField):
        model = before.models[key[0], operation.model_name_lower]
        what = trouble(model.fields[operation.name], operation.field)
        if what:
            yield f"{operation.name} {what}"
    elif not isinstance(operation, ADDING) and (*key, kind) not in ALLOWED:
        yield f"{kind}: only add, or give it a row in ALLOWED with the reason"


def test_no_migration_takes_anything_from_the_release_before() -> None:
    found, state = [], ProjectState()
    for node in LOADER.graph._generate_plan(LOADER.graph.leaf_nodes(), at_end=True):
        for operation in LOADER.disk_migrations[node].operations:
            if node in LATER:
                found += ["-".join(node) + ": " + what for what in troubles(node, operation, state)]
            operation.state_forwards(node[0], state)
    assert not found


def test_each_allowance_is_needed() -> None:
    done = {
        (*key, type(operation).__name__)
        for key in LATER
        for operation in LOADER.disk_migrations[key].operations
    }
    assert set(ALLOWED) <= done
