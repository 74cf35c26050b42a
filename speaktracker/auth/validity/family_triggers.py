"""Database triggers that log the end of a refresh family in the change log, under its person."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from speaktracker.roster.change_log.log_triggers import sqlite_log

TABLE = "identity_refreshfamily"
_WHEN = (
    ("identity_family_ended", "UPDATE OF ended_at", "NEW.ended_at IS NOT NULL"),
    ("identity_family_made_ended", "INSERT", "NEW.ended_at IS NOT NULL"),
)
_FUNCTION = """
CREATE OR REPLACE FUNCTION identity_log_family() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM roster_log('person', NEW.user_id, NULL); RETURN NULL; END $$"""


def create(_apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the triggers in place anew; safe to repeat."""
    drop(_apps, schema_editor)
    on_sqlite = schema_editor.connection.vendor == "sqlite"
    body = f"BEGIN {sqlite_log('person', 'NEW.user_id')}; END"
    if not on_sqlite:
        schema_editor.execute(_FUNCTION)
        body = "EXECUTE FUNCTION identity_log_family()"
    for name, change, condition in _WHEN:
        trigger = f"CREATE TRIGGER {name} AFTER {change} ON {TABLE} FOR EACH ROW"
        schema_editor.execute(f"{trigger} WHEN ({condition}) {body}")


def drop(_apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away; safe to repeat."""
    where = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    for name, _change, _condition in _WHEN:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")
