"""Migrations that add indexes to tables which are big, and are written meanwhile."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class AddIndexBesideWriters(migrations.AddIndex):
    """Adds an index while others read and write its table; its migration is not atomic.

    Safe to repeat: what an attempt that broke off left behind, which serves nobody, goes first.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,  # noqa: ARG002 - Django passes it
        to_state: Any,
    ) -> None:
        on_postgresql = schema_editor.connection.vendor == "postgresql"
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        if on_postgresql:
            # It waits for transactions that are older than itself, and holds nobody up meanwhile.
            schema_editor.execute("SET lock_timeout = 0")
        how = "CONCURRENTLY " if on_postgresql else ""
        name = schema_editor.quote_name(self.index.name)
        schema_editor.execute(f"DROP INDEX {how}IF EXISTS {name}")
        options = {"concurrently": True} if on_postgresql else {}
        schema_editor.add_index(model, self.index, **options)
        if on_postgresql:
            schema_editor.execute("RESET lock_timeout")
