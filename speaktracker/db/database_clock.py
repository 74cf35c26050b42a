"""The database's clock, which all processes go by."""

import time

from django.db import connection

from speaktracker import clock, metrics

# An answer that took longer says too little of when it was given.
LONGEST_ANSWER_SECONDS = 1.0


def follow() -> None:
    """Measure how far PostgreSQL's clock is from this machine's, and go by it; blocks.

    SQLite's is the machine's.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        asked_at = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        answered_at, found = time.time(), float(cursor.fetchone()[0])
    if 0 <= answered_at - asked_at < LONGEST_ANSWER_SECONDS:
        ahead = found - (asked_at + answered_at) / 2
        metrics.clock_measured(ahead)
        clock.go_by(ahead)
