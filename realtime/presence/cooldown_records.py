"""Cooldowns in SQL, so that no process lets somebody in who was closed for too many messages."""

from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db.models import OuterRef, Subquery

from realtime.models import Cooldown
from speaktracker.clock import now
from speaktracker.db.purging import delete_oldest

PURGE_ROWS = 1_000


def begin(user_id: int, seconds: float) -> None:
    """Let a user in again only after `seconds`."""
    row = Cooldown(user_id=user_id, until=now() + timedelta(seconds=seconds))
    try:
        Cooldown.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["user"], update_fields=["until"]
        )
    except IntegrityError:  # the user was deleted meanwhile
        return


def end_for_user() -> Subquery:
    """Select when the cooldown of each user of a query ends, or has ended; None without one."""
    return Subquery(Cooldown.objects.filter(user=OuterRef("pk")).values("until"))


def seconds_left(until: datetime | None) -> float:
    """Return how long a cooldown until then still lasts; 0.0 when it is over, or there is none."""
    return max((until - now()).total_seconds(), 0.0) if until else 0.0


def purge() -> bool:
    """Delete some of those that are over; tell whether more may be."""
    over = Cooldown.objects.filter(until__lte=now())
    return delete_oldest(over, "until", PURGE_ROWS) == PURGE_ROWS
