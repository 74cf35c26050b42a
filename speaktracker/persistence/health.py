"""How the mirror is doing, for /readyz, the metrics, the admin and `manage.py mirror --status`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db.models import Q, Subquery
from django.db.models.functions import Now

from speaktracker.db.bounded_pages import count_together
from speaktracker.persistence.models import WAITING, Change, RelayLease
from speaktracker.persistence.relay.share_division import NAME, TOGETHER
from speaktracker.persistence.relay.troubles import FIGURE
from speaktracker.persistence.tables import TABLES

LAG_ALERT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class MirrorHealth:
    """`lag_seconds` is how long the oldest due change has waited, `backlog` how many are due.

    More than MOST_COUNTED are not counted. `relay` names every process that carries changes over,
    and is empty where none does; `trouble` is empty where nothing is wrong.
    """

    state: Literal["off", "ok", "degraded"]
    lag_seconds: float = 0
    backlog: int = 0
    set_aside: int = 0
    relay: str = ""
    trouble: str = ""
    trouble_since: datetime | None = None


def mirror_health() -> MirrorHealth:
    """Ask the database how the mirror is, in three queries at most; blocks."""
    if settings.MIRROR == "off":
        return MirrorHealth("off")
    relays, counts = current_relays(), counts_of_changes()
    lag = longest_lag() if counts["due"] else 0.0
    set_aside = counts["refused"]
    trouble = trouble_sentence(relays, set_aside, lag)
    return MirrorHealth(
        state="degraded" if trouble else "ok",
        lag_seconds=lag,
        backlog=counts["due"],
        set_aside=set_aside,
        relay=", ".join(relay.owner for relay in relays),
        trouble=trouble,
        trouble_since=min((relay.error_at for relay in relays if relay.error_at), default=None),
    )


def current_relays() -> list[RelayLease]:
    """List the leases of the processes that carry changes over, alone or together; blocks.

    A release that knows no shares is one of them, alone, in the row that is for all otherwise.
    """
    rows = RelayLease.objects.filter(expires_at__gt=Now()).exclude(owner__startswith=TOGETHER)
    return list(rows.exclude(~Q(name=NAME), shares="").order_by("owner"))


def counts_of_changes() -> dict[str, int]:
    """Count what was `refused`, what is `due`, and one of those that are `late`; blocks."""
    refused = Change.objects.filter(set_aside_at__isnull=False, done_at__isnull=True)
    due = Change.objects.filter(WAITING, due_at__lte=Now()).order_by("table", "due_at")
    late = due.filter(due_at__lte=Now() - timedelta(seconds=LAG_ALERT_SECONDS))[:1]
    return count_together({"refused": refused.order_by("set_aside_at"), "due": due, "late": late})


def longest_lag() -> float:
    """Measure how many seconds the oldest due change of all tables has waited; blocks."""
    oldest = Q()
    for table in TABLES:  # one step into the index of waiting changes for each
        due = Change.objects.filter(WAITING, table=table.name, due_at__lte=Now())
        oldest |= Q(pk=Subquery(due.order_by("due_at", "id").values("pk")[:1]))
    waited = Change.objects.filter(oldest).annotate(now=Now()).values_list("due_at", "now")
    return max((0.0, *((now - due_at).total_seconds() for due_at, now in waited)))


def troubles_of(relays: Collection[RelayLease]) -> list[str]:
    """List what troubles relays, a sentence for what several have, whatever its figures."""
    return list(
        {FIGURE.sub("", relay.error): relay.error for relay in relays if relay.error}.values()
    )


def trouble_sentence(relays: Collection[RelayLease], set_aside: int, lag: float) -> str:
    """Say in a sentence each what is wrong; empty where nothing is."""
    found = troubles_of(relays)
    if not relays:
        found.append("No server process carries changes over: start one.")
    elif not found and lag > LAG_ALERT_SECONDS:
        found.append(f"The oldest change waits for {lag:.0f} s.")
    if set_aside:
        found.append(
            f"{set_aside} changes were refused and set aside: `manage.py mirror --status` names "
            "each with its reason, and says what to do."
        )
    return " ".join(found)
