"""One row of the outbox for each key that waits, however often its record changes meanwhile.

The row is another one after each change, since its number is what a relay settles: of what it read
before the change it settles nothing. It stands where the first of them stood, or a record that
changes all the time would never have its turn.
"""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from django.db import connection
from django.db.models.functions import Now

from speaktracker.db.bulk_insert import insert_rows
from speaktracker.db.rows.moments import moment_as_text, moment_of
from speaktracker.db.rows.row_document import document_of
from speaktracker.persistence.models import Change
from speaktracker.persistence.records import share_of

_ROW = ("table", "key", "share", "attempts", "error")
_KEY = ("table", "key")


def replace(table: str, keys: Collection[str]) -> None:
    """Put a row for each of these keys in place of those that are due, inside a transaction.

    What is not due yet stays beside it: it waits for a reason.
    """
    with connection.cursor() as cursor:
        cursor.execute(_deletion(), [document_of(Change, _KEY).text((table, key) for key in keys)])
        gone = cursor.fetchall()
    since: dict[str, tuple[datetime, datetime]] = {}
    for key, *texts in gone:
        changed_at, due_at = map(moment_of, texts)
        known = since.get(key, (changed_at, due_at))
        since[key] = min(known[0], changed_at), min(known[1], due_at)

    def row(key: str) -> tuple[str, str, int, int, str]:
        return table, key, share_of(key), 0, ""

    insert_rows(Change, _ROW, [row(key) for key in keys if key not in since])
    kept = [(*row(key), *moments) for key, moments in since.items()]
    insert_rows(Change, (*_ROW, "changed_at", "due_at"), kept)


@cache
def _deletion() -> str:
    changes = connection.ops.quote_name(Change._meta.db_table)
    found = document_of(Change, _KEY)
    matches = " AND ".join(f"c.{column} = r.{column}" for column in found.columns)
    # Two that change the same records at once wait for each other there, and need not here.
    locking = " FOR UPDATE OF c SKIP LOCKED" if connection.features.has_select_for_update else ""
    moments = ", ".join(map(moment_as_text, ("changed_at", "due_at")))
    # By their due times SQLite would look through all that wait, once for each key.
    by_key = "" if locking else " INDEXED BY open_change_keys"
    now = Change.objects.none().query.get_compiler(connection=connection).compile(Now())[0]
    return (
        f"DELETE FROM {changes} WHERE id IN (SELECT c.id FROM {changes} AS c{by_key}"  # noqa: S608
        f" JOIN {found.table} ON {matches} WHERE c.done_at IS NULL AND c.set_aside_at IS NULL"
        f" AND NOT c.erases AND c.due_at <= {now}{locking}) RETURNING key, {moments}"
    )
