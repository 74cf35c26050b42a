"""Sessions in SQL, some of which end when nobody uses them; Django's SESSION_ENGINE."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db

from speaktracker.clock import now

# What a session of a shared computer says of itself.
SHARED = "shared_computer"
# Requests that come together are one use.
ONE_USE = timedelta(seconds=1)


class SessionStore(db.SessionStore):
    """Django's own; one that is shared has a cookie as long as its browser, and ends when idle."""

    # As the row said when it was read; None for one that is new, or could not be read.
    expires_at: datetime | None = None

    @property
    def is_shared(self) -> bool:
        """Tell whether the session was begun at a shared computer; reads SQL once."""
        return bool(self.get(SHARED))

    def share(self, shared: bool) -> None:
        """Make this one of a shared computer, or of one's own."""
        if shared:
            self[SHARED] = True
            self.set_expiry(int(idle_time().total_seconds()))
        elif self.is_shared:
            del self[SHARED]
            self.set_expiry(None)

    def is_used_anew(self) -> bool:
        """Tell whether this use lets the session last longer than its row says."""
        if self.session_key is None or self.expires_at is None or not self.is_shared:
            return False
        return self.expires_at < now() + idle_time() - ONE_USE

    def get_expire_at_browser_close(self) -> bool:
        return self.is_shared or super().get_expire_at_browser_close()

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        # By the clock that all processes share, as whoever judges it does.
        return super().get_expiry_date(**{"modification": now(), **kwargs})

    def _get_session_from_db(self) -> Any:
        found = super()._get_session_from_db()  # type: ignore[misc]
        self.expires_at = found and found.expire_date
        return found


def idle_time() -> timedelta:
    """Return how long a session of a shared computer lasts without use."""
    return timedelta(minutes=settings.LIMITS.shared_computer_idle_minutes)
