"""The change log, cleared of what every process has read long ago."""

from datetime import timedelta

from django.db import transaction

from speaktracker.clock import now
from speaktracker.roster.models import RosterChange

# A process that has not looked for as long looks at everybody.
LIFETIME = timedelta(hours=1)
PURGE_ROWS = 2_000


@transaction.atomic
def purge_change_log() -> int:
    """Delete some of the changes past their lifetime, oldest first; return how many went."""
    oldest = RosterChange.objects.select_for_update(skip_locked=True).order_by("pk")[:PURGE_ROWS]
    latest = now() - LIFETIME
    expired = [pk for pk, at in oldest.values_list("pk", "at") if at <= latest]
    if not expired:
        return 0
    # Between their ends, not by their keys: to so many PostgreSQL may prefer the whole table. What
    # else lies between is younger, or another process deletes it.
    between = RosterChange.objects.filter(pk__range=(expired[0], expired[-1]), at__lte=latest)
    deleted, _ = between.delete()
    return deleted
