"""Database triggers that refuse a mapping of wrong types, whatever path the change takes.

SQLite forgets the triggers of a table that Django remakes, and while they stand it refuses to
remake one that they name. A later migration that alters either table therefore starts with
`RunPython(drop, create)` and ends with `RunPython(create, drop)`, and does the same with those of
`change_log.log_triggers`.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAMES = {
    "roster_mapping_types_on_insert": "roster_tutorstudent",
    "roster_mapping_types_on_update": "roster_tutorstudent",
    "roster_mapped_user_keeps_type": "roster_user",
}

SQLITE_MAPPING = """
CREATE TRIGGER %s BEFORE %s ON roster_tutorstudent
WHEN (SELECT user_type FROM roster_user WHERE id = NEW.student_id) IS NOT 'student'
  OR (SELECT user_type FROM roster_user WHERE id = NEW.tutor_id) IS NOT 'tutor'
BEGIN SELECT RAISE(ABORT, 'a mapping joins a student and a tutor'); END
"""
SQLITE_USER = """
CREATE TRIGGER roster_mapped_user_keeps_type BEFORE UPDATE OF user_type ON roster_user
WHEN NEW.user_type IS NOT OLD.user_type
 AND EXISTS (SELECT 1 FROM roster_tutorstudent WHERE student_id = OLD.id OR tutor_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'a mapped user keeps the type'); END
"""

# FOR SHARE makes a mapping and a change of type wait for each other instead of both passing.
POSTGRESQL = (
    """
CREATE OR REPLACE FUNCTION roster_check_mapping_types() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE student_type text; tutor_type text;
BEGIN
  SELECT user_type INTO student_type FROM roster_user WHERE id = NEW.student_id FOR SHARE;
  SELECT user_type INTO tutor_type FROM roster_user WHERE id = NEW.tutor_id FOR SHARE;
  IF student_type IS DISTINCT FROM 'student' OR tutor_type IS DISTINCT FROM 'tutor' THEN
    RAISE EXCEPTION 'a mapping joins a student and a tutor' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$""",
    """
CREATE OR REPLACE FUNCTION roster_check_mapped_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM roster_tutorstudent WHERE student_id = OLD.id OR tutor_id = OLD.id) THEN
    RAISE EXCEPTION 'a mapped user keeps the type' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$""",
    """
CREATE TRIGGER roster_mapping_types_on_insert BEFORE INSERT ON roster_tutorstudent
FOR EACH ROW EXECUTE FUNCTION roster_check_mapping_types()""",
    """
CREATE TRIGGER roster_mapping_types_on_update BEFORE UPDATE OF student_id, tutor_id
ON roster_tutorstudent FOR EACH ROW EXECUTE FUNCTION roster_check_mapping_types()""",
    """
CREATE TRIGGER roster_mapped_user_keeps_type BEFORE UPDATE OF user_type ON roster_user
FOR EACH ROW WHEN (NEW.user_type IS DISTINCT FROM OLD.user_type)
EXECUTE FUNCTION roster_check_mapped_user()""",
)


def create(_apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the triggers in place anew; safe to repeat."""
    drop(_apps, schema_editor)
    statements: tuple[str, ...] = POSTGRESQL
    if schema_editor.connection.vendor == "sqlite":
        statements = (
            SQLITE_MAPPING % ("roster_mapping_types_on_insert", "INSERT"),
            SQLITE_MAPPING % ("roster_mapping_types_on_update", "UPDATE OF student_id, tutor_id"),
            SQLITE_USER,
        )
    for statement in statements:
        schema_editor.execute(statement)


def drop(_apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away; safe to repeat."""
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for name, table in NAMES.items():
        where = f" ON {table}" if on_postgresql else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")
