"""The admin's home on the system: which processes are alive, and what is away."""

from datetime import timedelta
from typing import Any

from channels.layers import get_channel_layer
from django.db.models import Case, Value, When
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from realtime.models import ServerLease
from realtime.presence.connection_records import LEASE_SECONDS
from realtime.presence.secret_key_fingerprints import divided
from speaktracker.db.outage import outage
from speaktracker.staff_home.home_lines import HomeLine, number

MOST_PROCESSES = 50


def process_lines() -> list[HomeLine]:
    """Say which processes are alive, and whether this one misses the database or the layer."""
    fresh = When(renewed_at__gte=Now() - timedelta(seconds=LEASE_SECONDS), then=Value(True))
    leases = ServerLease.objects.annotate(lives=Case(fresh, default=Value(False)))
    rows = list(leases.order_by("host", "pid")[:MOST_PROCESSES])
    alive = [lease for lease in rows if lease.lives]
    url = reverse("admin:realtime_serverlease_changelist")
    text = ngettext(
        "%(n)s server process is alive.", "%(n)s server processes are alive.", len(alive)
    )
    details = tuple(HomeLine(str(lease)) for lease in alive)
    lines = [HomeLine(text % {"n": number(len(alive))}, url, not alive, details)]
    if silent := len(rows) - len(alive):
        text = ngettext(
            "%(n)s server process does not report any more.",
            "%(n)s server processes do not report any more.",
            silent,
        )
        lines.append(HomeLine(text % {"n": number(silent)}, url, urgent=True))
    if divided(alive):
        text = _("Processes have different SECRET_KEYs: each refuses whom the others have let in.")
        lines.append(HomeLine(text, url, urgent=True))
    return lines + what_is_away()


def what_is_away() -> list[HomeLine]:
    """Say what the process that answers cannot reach at the moment."""
    layer: Any = get_channel_layer()
    lines = []
    if outage.is_on:
        lines.append(HomeLine(_("The database takes no writes at the moment."), urgent=True))
    if not getattr(layer, "healthy", True):
        text = _("Redis is away: what other processes should hear at once comes later.")
        lines.append(HomeLine(text, urgent=True))
    return lines or [HomeLine(_("Database and message bus answer."))]
