"""What the store has refused for good and was set aside: which records, why, and what to do."""

from collections.abc import Iterator

from speaktracker.persistence.models import Change
from speaktracker.persistence.records import as_key

MOST_NAMED = 20

ADVICE = (
    "The store refuses these records as they are: `mirror --rebuild` writes the same again, as "
    "each take-over by another process does, and helps only where the reason lay outside the "
    "record and is gone, or with a newer release. Everything else is mirrored meanwhile. A later "
    "change of the same record settles it, such as the student's next status in that session; "
    "else it goes at the end of its lifetime, at the latest after 30 days, and its change with it."
)


def refused_changes() -> Iterator[str]:
    """Say of what was set aside a line each, the oldest first, and how many are not named."""
    rows = Change.objects.filter(set_aside_at__isnull=False, done_at__isnull=True)
    named = list(rows.order_by("set_aside_at", "id")[: MOST_NAMED + 1])
    for change in named[:MOST_NAMED]:
        yield f"{change.table} {' '.join(as_key(change.key))}: {change.error}"
    if len(named) > MOST_NAMED:
        yield f"… and {rows.count() - MOST_NAMED} more: see the mirror's admin page."
