"""The limits of the socket and the API, and the clocks of presence: one frozen value, read once."""

from dataclasses import dataclass, fields
from typing import Any

from speaktracker import env


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit in its unit; the environment variable of a field is its name in capitals."""

    client_message_bytes: int = 5_120
    user_messages_per_second: float = 10
    user_refusals_per_minute: int = 100
    connection_bytes_per_minute: int = 102_400
    idle_timeout_seconds: float = 30 * 60
    connection_age_seconds: float = 24 * 60 * 60
    user_sockets: int = 10
    user_rest_calls_per_minute: int = 120
    rejoin_grace_seconds: float = 10
    heartbeat_seconds: float = 25
    dashboard_check_seconds: float = 10
    dashboard_queue_frames: int = 1_000
    progress_journal_seconds: float = 5
    delivery_attempt_seconds: float = 1
    feedback_reread_seconds: float = 15


def limits_from_environment() -> Limits:
    """Read every limit; a wrong value raises ImproperlyConfigured and names its variable."""
    found: dict[str, Any] = {}
    for limit in fields(Limits):
        read = env.integer if limit.type is int else env.number
        found[limit.name] = read(limit.name.upper(), getattr(Limits(), limit.name))
    return Limits(**found)
