"""How the mirror is doing, for /readyz, the metrics, the admin and `manage.py mirror --status`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.conf import settings
from django.db.models.functions import Now

from speaktracker.persistence.models import WAITING, Change, RelayLease
from speaktracker.persistence.relay.relay_lease import NAME
from speaktracker.persistence.tables import TABLES

LAG_ALERT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class MirrorHealth:
    """`lag_seconds` is how long the oldest due change has waited, `backlog` how many are due.

    `relay` is empty where no process is the relay, `trouble` where nothing is wrong.
    """

    state: Literal["off", "ok", "degraded"]
    lag_seconds: float = 0
    backlog: int = 0
    set_aside: int = 0
    relay: str = ""
    trouble: str = ""
    trouble_since: datetime | None = None


def mirror_health() -> MirrorHealth:
    """Ask the database; blocks."""
    if settings.MIRROR == "off":
        return MirrorHealth("off")
    lease = RelayLease.objects.filter(name=NAME, expires_at__gt=Now()).first()
    set_aside = Change.objects.filter(set_aside_at__isnull=False, done_at__isnull=True).count()
    lag = max(_waits(), default=0.0)
    trouble = _trouble(lease, set_aside, lag)
    return MirrorHealth(
        state="degraded" if trouble else "ok",
        lag_seconds=lag,
        backlog=Change.objects.filter(WAITING, due_at__lte=Now()).count(),
        set_aside=set_aside,
        relay=lease.owner if lease else "",
        trouble=trouble,
        trouble_since=lease.error_at if lease else None,
    )


def _waits() -> Iterator[float]:
    """Measure each table's oldest due change; one step into the index each."""
    for table in TABLES:
        due = Change.objects.filter(WAITING, table=table.name, due_at__lte=Now())
        oldest = due.annotate(now=Now()).order_by("due_at").values_list("due_at", "now").first()
        if oldest:
            due_at, now = oldest
            yield max(0.0, (now - due_at).total_seconds())


def _trouble(lease: RelayLease | None, set_aside: int, lag: float) -> str:
    """Say in a sentence each what is wrong."""
    found = []
    if lease is None:
        found.append("No server process carries changes over: start one.")
    elif lease.error:
        found.append(lease.error)
    elif lag > LAG_ALERT_SECONDS:
        found.append(f"The oldest change waits for {lag:.0f} s.")
    if set_aside:
        found.append(
            f"{set_aside} changes were refused and set aside: see the mirror's admin page."
        )
    return " ".join(found)
