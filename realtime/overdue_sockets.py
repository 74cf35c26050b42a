"""Sockets whose time is over are closed, each looked at when that may be so."""

import math
import time

from django.conf import settings

from realtime.per_process.process_state import this_process
from realtime.protocol.codes import CloseCode
from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.open_sockets import open_sockets
from speaktracker import clock

LONGEST_LOOK_AWAY_SECONDS = 60


async def close_overdue() -> None:
    """Close sockets that are idle, too old, or whose token has run out."""
    now = time.monotonic()
    for connection in open_sockets().due(this_process().overdue, now):
        connection.overdue_at = now  # at the next look, unless this one says when
        close_if_overdue(connection, now)


def close_if_overdue(connection: LiveConnection, now: float) -> None:
    """Close a socket whose time is over, else note when to look at it again."""
    limits = settings.LIMITS
    expires_in = (connection.credentials.expires_at or math.inf) - clock.epoch()
    ages_in = connection.opened_at + limits.connection_age_seconds - now
    idle_in = connection.write_queue.active_at + limits.idle_timeout_seconds - now
    if expires_in <= 0:
        connection.ask_for_fresh_token()
    if ages_in < 0:
        connection.close(CloseCode.CONNECTION_AGE)
    elif expires_in <= -limits.token_grace_seconds:
        connection.close(CloseCode.TOKEN_EXPIRED)
    elif idle_in < 0:
        connection.time_out()
    else:
        if expires_in <= 0:
            expires_in += limits.token_grace_seconds
        # Not for longer than this: the clock may be set right meanwhile.
        connection.overdue_at = now + min(ages_in, idle_in, expires_in, LONGEST_LOOK_AWAY_SECONDS)
