"""How the mirror is doing, for /readyz, the metrics, the admin and `manage.py mirror --status`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.db.models.functions import Now

from speaktracker.persistence.models import WAITING, Change, RelayLease
from speaktracker.persistence.relay.relay_lease import NAME
from speaktracker.persistence.tables import TABLES, Table

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
    """Ask the database how the mirror is; blocks."""
    if settings.MIRROR == "off":
        return MirrorHealth("off")
    lease = RelayLease.objects.filter(name=NAME, expires_at__gt=Now()).first()
    set_aside = Change.objects.filter(set_aside_at__isnull=False, done_at__isnull=True).count()
    lag = max(lag_of(table) for table in TABLES)
    trouble = trouble_sentence(lease, set_aside, lag)
    return MirrorHealth(
        state="degraded" if trouble else "ok",
        lag_seconds=lag,
        backlog=Change.objects.filter(WAITING, due_at__lte=Now()).count(),
        set_aside=set_aside,
        relay=lease.owner if lease else "",
        trouble=trouble,
        trouble_since=lease.error_at if lease else None,
    )


def lag_of(table: Table[Any]) -> float:
    """Measure how many seconds the table's oldest due change has waited; blocks."""
    due = Change.objects.filter(WAITING, table=table.name, due_at__lte=Now())
    # One step into the index of waiting changes.
    oldest = due.annotate(now=Now()).order_by("due_at").values_list("due_at", "now").first()
    if oldest is None:
        return 0.0
    due_at, now = oldest
    return max(0.0, (now - due_at).total_seconds())


def trouble_sentence(lease: RelayLease | None, set_aside: int, lag: float) -> str:
    """Say in a sentence each what is wrong; empty where nothing is."""
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
