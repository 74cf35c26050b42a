"""A deadline for what one thread asks of the database, where a page can do without the answer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, connection


class TookTooLong(Exception):
    """The database was told to give up; it is not away."""


@contextmanager
def cancelled_after(seconds: float) -> Iterator[None]:
    """Have the database give up what this thread still asks after `seconds`: raises TookTooLong.

    The connection stays usable. A transaction does not: there must be none around.
    """
    connection.ensure_connection()
    is_over = threading.Event()
    timer = threading.Timer(seconds, _cancel, [connection.connection, is_over])
    timer.daemon = True
    timer.start()
    try:
        yield
    except Error as error:
        if is_over.is_set():
            raise TookTooLong(f"given up after {seconds:.1f} s") from error
        raise
    finally:
        timer.cancel()
        timer.join()  # one that has gone off must not meet the next statement


def _cancel(asked: Any, is_over: threading.Event) -> None:
    is_over.set()
    if hasattr(asked, "cancel_safe"):
        asked.cancel_safe(timeout=1.0)
    else:
        asked.interrupt()
