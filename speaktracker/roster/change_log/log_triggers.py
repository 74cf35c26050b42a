"""Database triggers that keep `credentials_version` and write the change log, raw SQL included.

docs/decisions/change-log.md says why it is a log and how it is read. The triggers of
`speaktracker.roster.sql_triggers` and these stand on the same tables: a migration that alters one
of those takes both away first and puts both back at its end.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# What a person's credentials stand on: whatever was made from older ones ends with them.
CREDENTIALS = ("password", "is_active", "user_type", "is_staff", "is_superuser")
WATCHED = ("email", "name", *CREDENTIALS, "credentials_version", "credentials_changed_at")
_WATCHED = ", ".join(WATCHED)

# Each trigger and its table; those that a database has no use for are only in the other one.
NAMES = {
    "roster_credentials_kept": "roster_user",
    "roster_person_changed": "roster_user",
    "roster_person_deleted": "roster_user",
    "roster_person_truncated": "roster_user",
    "roster_mapping_made": "roster_tutorstudent",
    "roster_mapping_changed": "roster_tutorstudent",
    "roster_mapping_regrouped": "roster_tutorstudent",
    "roster_mapping_deleted": "roster_tutorstudent",
    "roster_mapping_truncated": "roster_tutorstudent",
    "roster_session_deleted": "django_session",
    "roster_session_shortened": "django_session",
    "roster_session_truncated": "django_session",
}


def _differ(names: tuple[str, ...]) -> str:
    return " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in names)


_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
_VERSION = f"max(NEW.credentials_version, OLD.credentials_version + ({_differ(CREDENTIALS)}))"


def sqlite_log(kind: str, user_id: str = "NULL", session_key: str = "NULL") -> str:
    """Write SQLite's statement that logs a change, for the body of a trigger."""
    return (
        "INSERT INTO roster_rosterchange (kind, user_id, session_key, transaction_id, at)"
        f" SELECT '{kind}', {user_id}, {session_key}, 0, {_NOW}"
    )


# Each request may lengthen a session, which nobody need look at.
_SHORTENED = "NEW.expire_date < OLD.expire_date OR NEW.session_key <> OLD.session_key"

# SQLite cannot change a row before it is written, so the version is set right after: an UPDATE
# inside a trigger does not fire that trigger again.
SQLITE = (
    f"""
CREATE TRIGGER roster_person_changed AFTER UPDATE OF {_WATCHED} ON roster_user
WHEN {_differ(WATCHED)}
BEGIN
  UPDATE roster_user SET
    credentials_changed_at = CASE WHEN {_VERSION} > OLD.credentials_version
      THEN {_NOW} ELSE OLD.credentials_changed_at END,
    credentials_version = {_VERSION}
  WHERE id = NEW.id;
  {sqlite_log("person", "NEW.id")};
END""",  # noqa: S608
    f"""
CREATE TRIGGER roster_person_deleted AFTER DELETE ON roster_user
BEGIN {sqlite_log("person", "OLD.id")}; END""",
    f"""
CREATE TRIGGER roster_mapping_made AFTER INSERT ON roster_tutorstudent
BEGIN {sqlite_log("mapping", "NEW.student_id")}; END""",
    f"""
CREATE TRIGGER roster_mapping_changed AFTER UPDATE OF student_id, tutor_id ON roster_tutorstudent
WHEN {_differ(("student_id", "tutor_id"))}
BEGIN
  {sqlite_log("mapping", "OLD.student_id")};
  {sqlite_log("mapping", "NEW.student_id")} WHERE NEW.student_id <> OLD.student_id;
END""",
    f"""
CREATE TRIGGER roster_mapping_deleted AFTER DELETE ON roster_tutorstudent
BEGIN {sqlite_log("mapping", "OLD.student_id")}; END""",
    # One that has expired has ended already; `clearsessions` takes away thousands of them.
    f"""
CREATE TRIGGER roster_session_deleted AFTER DELETE ON django_session
WHEN OLD.expire_date > {_NOW}
BEGIN {sqlite_log("session", session_key="OLD.session_key")}; END""",
    f"""
CREATE TRIGGER roster_session_shortened AFTER UPDATE OF session_key, expire_date ON django_session
WHEN {_SHORTENED}
BEGIN {sqlite_log("session", session_key="OLD.session_key")}; END""",
)


def _row(of: str, names: tuple[str, ...]) -> str:
    return f"ROW({', '.join(f'{of}.{name}' for name in names)})"


def _distinct(names: tuple[str, ...]) -> str:
    return f"{_row('NEW', names)} IS DISTINCT FROM {_row('OLD', names)}"


POSTGRESQL = (
    f"""
CREATE OR REPLACE FUNCTION roster_keep_credentials() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {_distinct(CREDENTIALS)} THEN
    NEW.credentials_version := GREATEST(NEW.credentials_version, OLD.credentials_version + 1);
  END IF;
  IF NEW.credentials_version > OLD.credentials_version THEN
    NEW.credentials_changed_at := clock_timestamp();
  ELSE
    NEW.credentials_version := OLD.credentials_version;
    NEW.credentials_changed_at := OLD.credentials_changed_at;
  END IF;
  RETURN NEW;
END $$""",
    """
CREATE OR REPLACE FUNCTION roster_log(kind text, user_id bigint, session_key text) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO roster_rosterchange (kind, user_id, session_key, transaction_id, at)
  VALUES ($1, $2, $3, pg_current_xact_id()::text::bigint, clock_timestamp())
$$""",
    """
CREATE OR REPLACE FUNCTION roster_log_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM roster_log('person', OLD.id, NULL); RETURN NULL; END $$""",
    """
CREATE OR REPLACE FUNCTION roster_log_mapping() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM roster_log('mapping', OLD.student_id, NULL); END IF;
  IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.student_id <> OLD.student_id) THEN
    PERFORM roster_log('mapping', NEW.student_id, NULL);
  END IF;
  RETURN NULL;
END $$""",
    """
CREATE OR REPLACE FUNCTION roster_log_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM roster_log('session', NULL, OLD.session_key); RETURN NULL; END $$""",
    """
CREATE OR REPLACE FUNCTION roster_log_everything() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM roster_log('everything', NULL, NULL); RETURN NULL; END $$""",
    f"""
CREATE TRIGGER roster_credentials_kept BEFORE UPDATE OF {_WATCHED} ON roster_user
FOR EACH ROW EXECUTE FUNCTION roster_keep_credentials()""",
    f"""
CREATE TRIGGER roster_person_changed AFTER UPDATE OF {_WATCHED} ON roster_user
FOR EACH ROW WHEN ({_distinct(WATCHED)}) EXECUTE FUNCTION roster_log_person()""",
    """
CREATE TRIGGER roster_person_deleted AFTER DELETE ON roster_user
FOR EACH ROW EXECUTE FUNCTION roster_log_person()""",
    """
CREATE TRIGGER roster_mapping_made AFTER INSERT ON roster_tutorstudent
FOR EACH ROW EXECUTE FUNCTION roster_log_mapping()""",
    f"""
CREATE TRIGGER roster_mapping_changed AFTER UPDATE OF student_id, tutor_id ON roster_tutorstudent
FOR EACH ROW WHEN ({_distinct(("student_id", "tutor_id"))})
EXECUTE FUNCTION roster_log_mapping()""",
    """
CREATE TRIGGER roster_mapping_deleted AFTER DELETE ON roster_tutorstudent
FOR EACH ROW EXECUTE FUNCTION roster_log_mapping()""",
    # One that has expired has ended already; `clearsessions` takes away thousands of them.
    """
CREATE TRIGGER roster_session_deleted AFTER DELETE ON django_session
FOR EACH ROW WHEN (OLD.expire_date > now()) EXECUTE FUNCTION roster_log_session()""",
    f"""
CREATE TRIGGER roster_session_shortened AFTER UPDATE OF session_key, expire_date ON django_session
FOR EACH ROW WHEN ({_SHORTENED}) EXECUTE FUNCTION roster_log_session()""",
    *(
        f"""
CREATE TRIGGER {name} AFTER TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION roster_log_everything()"""
        for name, table in NAMES.items()
        if name.endswith("_truncated")
    ),
)


# Of a column that the migrations which came first do not know.
GROUP_COLUMN = "group_name"
SQLITE_REGROUPED = f"""
CREATE TRIGGER roster_mapping_regrouped AFTER UPDATE OF {GROUP_COLUMN} ON roster_tutorstudent
WHEN NEW.{GROUP_COLUMN} IS NOT OLD.{GROUP_COLUMN}
BEGIN {sqlite_log("mapping", "NEW.student_id")}; END"""
POSTGRESQL_REGROUPED = f"""
CREATE TRIGGER roster_mapping_regrouped AFTER UPDATE OF {GROUP_COLUMN} ON roster_tutorstudent
FOR EACH ROW WHEN (NEW.{GROUP_COLUMN} IS DISTINCT FROM OLD.{GROUP_COLUMN})
EXECUTE FUNCTION roster_log_mapping()"""


def create(_apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the triggers in place anew, as far as their columns are there; safe to repeat."""
    drop(_apps, schema_editor)
    on_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE if on_sqlite else POSTGRESQL:
        schema_editor.execute(statement)
    if _has_groups(schema_editor):
        schema_editor.execute(SQLITE_REGROUPED if on_sqlite else POSTGRESQL_REGROUPED)


def _has_groups(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, "roster_tutorstudent")
    return GROUP_COLUMN in {column.name for column in columns}


def drop(_apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away; safe to repeat."""
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for name, table in NAMES.items():
        where = f" ON {table}" if on_postgresql else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")
