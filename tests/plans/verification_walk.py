"""Compares and rebuilds some batches of the mirror, in a process whose database is the school."""

from itertools import islice


def walk_verification() -> None:
    """Make the tables, then take a few steps of what goes on for an hour beside a million rows."""
    from django.core.management import call_command

    from speaktracker.persistence import sources
    from speaktracker.persistence.backends import dynamodb_from_settings
    from speaktracker.persistence.rebuilding import QueuedRows
    from speaktracker.persistence.relay import backlog
    from speaktracker.persistence.verification import Comparison, left_over, verify

    call_command("create_tables")
    backend = dynamodb_from_settings()
    for table in sources.registered_tables():
        for _ in islice(verify(backend, table, Comparison()), 2):
            pass
        for _ in islice(left_over(backend, table), 2):
            pass
        for records in islice(sources.source_of(table).batches(500), 2):
            last = backlog.queue(table.name, list(records))
            QueuedRows(len(records), last - len(records), last).left()


def walk_shares() -> None:
    """Do what a relay does that has half of the shares, while another has the others."""
    from speaktracker.persistence import sources
    from speaktracker.persistence.relay import backlog, due_rows, share_division

    names, half = [table.name for table in sources.registered_tables()], range(1, 31)
    for name in names:
        backlog.sort_into_shares(name)
        backlog.due(name, 200, half)
    due_rows.due_tables(names, half)
    due_rows.count_due(names, half)
    backlog.retry_of(half)
    for name in ("one", "other"):
        kept = frozenset(half)
        claim = share_division.RelayClaim(name, name, kept, 60, 0, is_awaited=lambda: True)
        share_division.claim_shares(claim, share_division.claim_shares(claim, None))
    share_division.leave_division("one", is_clean=False)
