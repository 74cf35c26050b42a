"""What an operator need not read twice: expected outages, and what anybody can provoke."""

import logging

from speaktracker.db.availability import is_away
from speaktracker.logs import Sampler

# Of what an anonymous person can cause, such as a Host header that is not ours.
PROVOKED = "django.security"
PROVOKED_PER_SECOND = 1.0
LONGEST = 300
SERVICE_UNAVAILABLE = 503


class OneLine(logging.Filter):
    """Takes the trace from a record of an expected outage, and samples what anybody can cause."""

    def __init__(self) -> None:
        super().__init__()
        self._sampler = Sampler(PROVOKED_PER_SECOND)

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten `record`; False where it is one of many like it."""
        error = record.exc_info[1] if record.exc_info else None
        # The outage has its line, or the drain; each call that is refused meanwhile needs none,
        # and least of all the probe that asks every few seconds.
        if getattr(record, "status_code", None) == SERVICE_UNAVAILABLE and error is None:
            return False
        if record.name.startswith(PROVOKED):
            stands_for = self._sampler.take()
            if not stands_for:
                return False
            if stands_for > 1:
                record.sampled = stands_for
        elif error is None or not is_away(error):
            return True
        else:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args, record.exc_info = record.getMessage()[:LONGEST], (), None
        return True
