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
    expired = [pk for pk, at in oldest.values_list("pk", "at") if at <= now() - LIFETIME]
    if not expired:
        return 0
    # Between their ends as well: to so many keys PostgreSQL prefers the whole table.
    between = RosterChange.objects.filter(pk__range=(expired[0], expired[-1]))
    deleted, _ = between.filter(pk__in=expired).delete()
    return deleted
