"""The database's clock, which all processes go by."""

import time

from django.db import connection

from speaktracker import clock, metrics

# An answer that took longer says too little of when it was given.
LONGEST_ANSWER_SECONDS = 1.0


def follow() -> None:
    """Measure how far the database's clock is from this machine's, and go by it; blocks."""
    ahead = seconds_ahead()
    if ahead is not None:
        metrics.clock_measured(ahead)
        clock.go_by(ahead)


def seconds_ahead() -> float | None:
    """Measure how far PostgreSQL's clock is ahead of this machine's; blocks.

    None for SQLite, whose clock is the machine's, and where the answer took too long to tell.
    """
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        asked_at = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        answered_at, found = time.time(), float(cursor.fetchone()[0])
    took = answered_at - asked_at
    return found - (asked_at + answered_at) / 2 if 0 <= took < LONGEST_ANSWER_SECONDS else None
