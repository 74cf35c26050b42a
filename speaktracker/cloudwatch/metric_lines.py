"""The duty that writes a line of metrics at each round of EMF_SECONDS."""

import asyncio
from collections.abc import Mapping

from django.conf import settings
from django.db import DatabaseError

from realtime.presence.server_leases import ProcessLease
from speaktracker import clock, db, logs, metrics
from speaktracker.cloudwatch.cluster_figures import figures_of_first, figures_of_relay
from speaktracker.cloudwatch.metric_document import MOST_VALUES, Figure, metric_line
from speaktracker.exceptions import Unavailable
from speaktracker.persistence.relay.relay import Relay

TIMEOUT_SECONDS = 3


class MetricLines:
    """The lines of one process: what it counted since the last one, each number in one line.

    The installation's own figures are in those of one process: the relay's, or without a mirror
    the first of all that live. While the database cannot be asked they are absent, and never 0.
    """

    def __init__(self, lease: ProcessLease, relay: Relay | None) -> None:
        self._lease = lease
        self._relay = relay
        self._told = metrics.totals()
        metrics.keep_delays()

    async def run(self) -> None:
        """Write a line at each round until cancelled."""
        while True:
            await asyncio.sleep(seconds_to_next_middle(clock.epoch(), settings.EMF_SECONDS))
            self.write(await self.cluster_figures())

    async def cluster_figures(self) -> dict[str, float]:
        """Read the figures of the installation; none where another process tells them."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                if self._relay is None:
                    return await db.read(figures_of_first, self._lease.boot_id)
                return await db.read(figures_of_relay) if self._relay.is_first else {}
        except (Unavailable, TimeoutError, DatabaseError):
            return {}

    def write(self, cluster: Mapping[str, float]) -> None:
        """Write what was counted since the last line, with the figures of the installation."""
        total = metrics.totals()
        new, self._told = total.since(self._told), total
        figures: dict[str, Figure] = {
            **cluster,
            "Messages": new.messages,
            "MessageErrors": new.message_errors,
            "ConnectionsRemoved": new.connections_removed,
            "ConnectionsLost": new.connections_lost,
        }
        if delays := metrics.take_delays(MOST_VALUES):
            figures["MessageDelay"] = delays
        fields = logs.first_fields("metrics")
        logs.write_line(
            metric_line(settings.EMF_NAMESPACE, settings.STACK, clock.epoch(), figures, fields)
        )

    def write_last(self) -> None:
        """Write what is left at the end of the process: nobody else knows of it."""
        self.write({})


def seconds_to_next_middle(epoch: float, period: float) -> float:
    """Count the seconds until the middle of a `period`, seen from 1970; half a period at least.

    So each period of CloudWatch has a line, whichever process wrote it and however late it woke,
    and a sleep that ends early makes no second one.
    """
    left = period - (epoch + period / 2) % period
    return left if left >= period / 2 else left + period
