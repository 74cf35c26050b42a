"""The outbox: a change is queued in its record's own transaction and carried over later."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from speaktracker.persistence import waiting_rows
from speaktracker.persistence.models import Change
from speaktracker.persistence.records import Key, as_text
from speaktracker.persistence.tables import Table

_TOGETHER = 500

_to_wake: set[Callable[[], None]] = set()


def changed(table: Table[Any], key: Key) -> None:
    """Queue the record of `key`, written or deleted, inside the transaction that changes it.

    Raises TransactionManagementError outside a transaction, as `changed_many` does.
    """
    changed_many(table, (key,))


def changed_many(table: Table[Any], keys: Iterable[Key]) -> None:
    """Queue records, written or deleted, inside the transaction that changes them.

    Does nothing with MIRROR=off. Raises TransactionManagementError outside a transaction, since a
    crash between the record's commit and the change's would lose the change.
    """
    if settings.MIRROR == "off":
        return
    if not connection.in_atomic_block:
        raise TransactionManagementError("A change must be queued in its record's transaction.")
    texts = [as_text(key) for key in dict.fromkeys(keys)]
    if texts:
        waiting_rows.replace(table.name, texts)
        transaction.on_commit(wake)


def erased_many(table: Table[Any], keys: Iterable[Key]) -> None:
    """Queue records that go with a person whom their keys name, in the transaction that erases.

    No row of these keys stays once it is done, older ones included. With MIRROR=off nobody carries
    anything over: they go now. Raises as `changed_many` does.
    """
    wanted = list(dict.fromkeys(keys))
    changed_many(table, wanted)
    texts = {as_text(key) for key in wanted}
    rows = Change.objects.filter(table=table.name).order_by()
    # What is done was done within a minute: fewer to look through than there may be keys.
    done = rows.filter(done_at__isnull=False).values_list("pk", "key")
    of_key = [pk for pk, key in done.iterator() if key in texts]
    for start in range(0, len(of_key), _TOGETHER):
        rows.filter(pk__in=of_key[start : start + _TOGETHER]).delete()
    ordered = sorted(texts)
    for start in range(0, len(ordered), _TOGETHER):
        undone = rows.filter(key__in=ordered[start : start + _TOGETHER], done_at__isnull=True)
        if settings.MIRROR == "off":
            undone.delete()
        else:
            undone.update(erases=True)


def wake() -> None:
    """Wake this process's relay, from any thread: something is due."""
    for wake_one in tuple(_to_wake):
        wake_one()


def call_on_wake(*callbacks: Callable[[], None]) -> None:
    """Call `callbacks` on each `wake`, so after each commit of a change, in whatever thread."""
    _to_wake.update(callbacks)


def forget(*callbacks: Callable[[], None]) -> None:
    """Call `callbacks` on no further `wake`."""
    _to_wake.difference_update(callbacks)
