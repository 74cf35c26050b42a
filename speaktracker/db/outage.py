"""An outage of the database: told once by whoever meets it first, and once when it is over."""

import logging
import threading
import time

from django.db import Error

from speaktracker.db.availability import DISK_FULL, headline_of, is_away, state_of

logger = logging.getLogger(__name__)

# An outage that lasts is told again, with the reason of now and how many met it.
REMIND_SECONDS = 60
LONGEST_REASON = 300


class Outage:
    """Begins with a statement that the database refuses, ends when this process has written again.

    Reads do not end it: what turned read-only, or has a full disk, answers them all the time. Of
    a full disk not every write ends it either: `lacks_room` until somebody has looked for room.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began_at: float | None = None
        self._told_at = 0.0
        self._refused = 0
        self._reason = ""
        self.lacks_room = False

    @property
    def reason(self) -> str:
        """Say why the database is away, as was logged last; empty while it is not."""
        return self._reason if self.is_on else ""

    @property
    def is_on(self) -> bool:
        """Tell whether this process has met an outage that is not over."""
        return self._began_at is not None

    def met(self, error: BaseException) -> None:
        """Note that `error` says the database is away; its first line is logged, not each time."""
        now = time.monotonic()
        if isinstance(error, Error) and state_of(error) == DISK_FULL:
            self.lacks_room = True
        with self._lock:
            begins = self._began_at is None
            if self._began_at is None:
                self._began_at, self._refused = now, 0
            self._refused += 1
            if not begins and now - self._told_at < REMIND_SECONDS:
                return
            self._told_at, seconds, refused = now, now - self._began_at, self._refused
        self._reason = reason = reason_of(error)
        headline = headline_of(error)
        if begins:
            logger.warning("%s: %s", headline, reason)
        else:
            still = headline.replace(" is ", " is still ")
            logger.warning("%s after %.0f s, %d refused: %s", still, seconds, refused, reason)

    def over(self) -> None:
        """Note that the database took a write."""
        if self._began_at is None:
            return
        with self._lock:
            if self._began_at is None:
                return
            seconds, self._began_at = time.monotonic() - self._began_at, None
            self.lacks_room = False
            refused = self._refused
        logger.warning(
            "The database takes writes again after %.1f s, %d refused meanwhile.", seconds, refused
        )


outage = Outage()


def reason_of(error: BaseException) -> str:
    """Return the first line of what an error says, or its type where it says nothing."""
    return str(error).strip().partition("\n")[0][:LONGEST_REASON] or type(error).__name__


def is_outage(error: BaseException) -> bool:
    """Tell whether `error` says that a store is away, and note it where that is the database."""
    if not is_away(error):
        return False
    if isinstance(error, Error):  # others were noted where they were raised
        outage.met(error)
    return True
