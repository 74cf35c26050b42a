"""A deadline for what one thread asks of the database, where a page can do without the answer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def cancelled_after(seconds: float) -> Iterator[None]:
    """Have the database give up what this thread still asks after `seconds`, which then raises.

    The connection stays usable. A transaction does not: there must be none around.
    """
    connection.ensure_connection()
    timer = threading.Timer(seconds, _cancel, [connection.connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # one that has gone off must not meet the next statement


def _cancel(asked: Any) -> None:
    if hasattr(asked, "cancel_safe"):
        asked.cancel_safe(timeout=1.0)
    else:
        asked.interrupt()
