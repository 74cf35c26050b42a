"""Index what addresses and names contain, on PostgreSQL; SQLite reads them all, as it did."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION roster_pieces(written text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
DECLARE
  letters text[] := string_to_array(written, NULL);
  pieces text[] := letters;
BEGIN
  FOR n IN 2 .. cardinality(letters) LOOP
    pieces := pieces || (letters[n - 1] || letters[n]);
  END LOOP;
  RETURN pieces;
END $$"""
CREATE = (
    FUNCTION,
    # It waits for transactions that are older than itself, and holds nobody up meanwhile.
    'SET lock_timeout = 0',
    # What an attempt that broke off left behind.
    'DROP INDEX CONCURRENTLY IF EXISTS people_by_pieces',
    # What is new waits in a list and is sorted in together, which each search reads: a short one.
    """
CREATE INDEX CONCURRENTLY people_by_pieces ON roster_user
USING gin (roster_pieces(UPPER(email || E'\\n' || name))) WITH (gin_pending_list_limit = 256)""",
    # They would take most of the time of ANALYZE, and no query goes by them.
    'ALTER INDEX people_by_pieces ALTER COLUMN 1 SET STATISTICS 0',
    'RESET lock_timeout',
)
DROP = (
    'DROP INDEX IF EXISTS people_by_pieces',
    'DROP FUNCTION IF EXISTS roster_pieces(text)',
)


def create(apps, schema_editor):
    """Index addresses and names; safe to repeat."""
    carry_out(schema_editor, CREATE)


def drop(apps, schema_editor):
    """Take the index away; safe to repeat."""
    carry_out(schema_editor, DROP)


def carry_out(schema_editor, statements):
    """Carry out what is PostgreSQL's there alone."""
    if schema_editor.connection.vendor == 'postgresql':
        for statement in statements:
            schema_editor.execute(statement)


class Migration(migrations.Migration):

    atomic = False  # or nobody could write to the table meanwhile

    dependencies = [('roster', '0013_words')]

    operations = [migrations.RunPython(create, drop)]
