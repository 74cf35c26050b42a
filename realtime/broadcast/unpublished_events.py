"""Events that other processes did not get: told when that begins and ends, counted between."""

import logging
import time
from typing import Final

from speaktracker import metrics

logger = logging.getLogger(__name__)

REMIND_SECONDS: Final = 60


class UnpublishedEvents:
    """One outage of the way to other processes, whoever meets it; a status each would fill logs."""

    def __init__(self) -> None:
        # Whether an outage was met that is not over; plain, since every status asks.
        self.is_on = False
        self._began_at = 0.0
        self._told_at = 0.0
        self._count = 0

    def met(self, error: object) -> None:
        """Count an event that stayed here; the first, and one a minute, has a line."""
        metrics.event_unpublished()
        now = time.monotonic()
        begins = not self.is_on
        if begins:
            self.is_on, self._began_at, self._count = True, now, 0
        self._count += 1
        if not begins and now - self._told_at < REMIND_SECONDS:
            return
        self._told_at = now
        if begins:
            logger.warning("Other processes do not get what happens here: %s", error)
        else:
            seconds = now - self._began_at
            logger.warning(
                "Other processes still miss events after %.0f s, %d so far: %s",
                *(seconds, self._count, error),
            )

    def over(self) -> None:
        """Note that an event was handed over."""
        if not self.is_on:
            return
        self.is_on, seconds = False, time.monotonic() - self._began_at
        logger.warning(
            "Other processes get events again after %.1f s, %d stayed here.", seconds, self._count
        )


unpublished_events = UnpublishedEvents()
