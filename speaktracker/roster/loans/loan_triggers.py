"""Database triggers that log each change of a loan, raw SQL included, under its substitute.

They stand on the tables of loans alone, so that a migration of people or mappings need not know
them; one that alters a table of loans takes them away first and puts them back at its end.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from speaktracker.roster.change_log.log_triggers import sqlite_log

LOANS, CHOSEN = "roster_loan", "roster_loan_chosen"
NAMES = {
    "roster_loan_made": LOANS,
    "roster_loan_changed": LOANS,
    "roster_loan_deleted": LOANS,
    "roster_loan_truncated": LOANS,
    "roster_loan_student_chosen": CHOSEN,
    "roster_loan_student_left_out": CHOSEN,
}

_OF_LOAN = "(SELECT substitute_id FROM roster_loan WHERE id = {}.loan_id)"
SQLITE = (
    f"""
CREATE TRIGGER roster_loan_made AFTER INSERT ON {LOANS}
BEGIN {sqlite_log("loan", "NEW.substitute_id")}; END""",
    f"""
CREATE TRIGGER roster_loan_changed AFTER UPDATE ON {LOANS}
BEGIN
  {sqlite_log("loan", "OLD.substitute_id")};
  {sqlite_log("loan", "NEW.substitute_id")} WHERE NEW.substitute_id <> OLD.substitute_id;
END""",
    f"""
CREATE TRIGGER roster_loan_deleted AFTER DELETE ON {LOANS}
BEGIN {sqlite_log("loan", "OLD.substitute_id")}; END""",
    f"""
CREATE TRIGGER roster_loan_student_chosen AFTER INSERT ON {CHOSEN}
BEGIN {sqlite_log("loan", _OF_LOAN.format("NEW"))}; END""",
    f"""
CREATE TRIGGER roster_loan_student_left_out AFTER DELETE ON {CHOSEN}
BEGIN {sqlite_log("loan", _OF_LOAN.format("OLD"))}; END""",
)

POSTGRESQL = (
    """
CREATE OR REPLACE FUNCTION roster_log_loan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM roster_log('loan', OLD.substitute_id, NULL); END IF;
  IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.substitute_id <> OLD.substitute_id) THEN
    PERFORM roster_log('loan', NEW.substitute_id, NULL);
  END IF;
  RETURN NULL;
END $$""",
    """
CREATE OR REPLACE FUNCTION roster_log_loan_students() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed bigint;
BEGIN
  IF TG_OP = 'DELETE' THEN changed := OLD.loan_id; ELSE changed := NEW.loan_id; END IF;
  PERFORM roster_log('loan', substitute_id, NULL) FROM roster_loan WHERE id = changed;
  RETURN NULL;
END $$""",
    *(
        f"""
CREATE TRIGGER {name} AFTER {event} ON {LOANS}
FOR EACH ROW EXECUTE FUNCTION roster_log_loan()"""
        for name, event in (
            ("roster_loan_made", "INSERT"),
            ("roster_loan_changed", "UPDATE"),
            ("roster_loan_deleted", "DELETE"),
        )
    ),
    *(
        f"""
CREATE TRIGGER {name} AFTER {event} ON {CHOSEN}
FOR EACH ROW EXECUTE FUNCTION roster_log_loan_students()"""
        for name, event in (
            ("roster_loan_student_chosen", "INSERT"),
            ("roster_loan_student_left_out", "DELETE"),
        )
    ),
    f"""
CREATE TRIGGER roster_loan_truncated AFTER TRUNCATE ON {LOANS}
FOR EACH STATEMENT EXECUTE FUNCTION roster_log_everything()""",
)


def create(_apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the triggers in place anew; safe to repeat."""
    drop(_apps, schema_editor)
    on_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE if on_sqlite else POSTGRESQL:
        schema_editor.execute(statement)


def drop(_apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away; safe to repeat."""
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for name, table in NAMES.items():
        where = f" ON {table}" if on_postgresql else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")
