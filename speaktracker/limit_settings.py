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
    token_grace_seconds: float = 25
    user_sockets: int = 10
    address_handshakes_per_second: float = 50
    address_handshakes_at_once: int = 500
    shared_computer_idle_minutes: float = 30
    user_rest_calls_per_minute: int = 120
    student_feedback_per_minute: int = 30
    student_feedback_per_day: int = 500
    rejoin_grace_seconds: float = 10
    heartbeat_seconds: float = 25
    attention_idle_minutes: float = 3
    attention_stuck_minutes: float = 5
    attention_paused_minutes: float = 10
    attention_unvisited_minutes: float = 25
    dashboard_check_seconds: float = 10
    dashboard_queue_frames: int = 1_000
    dashboard_queue_bytes: int = 4 * 1024 * 1024
    progress_journal_seconds: float = 5
    session_mirror_seconds: float = 5
    delivery_attempt_seconds: float = 1
    feedback_reread_seconds: float = 15
    tutor_loans: int = 50
    loan_days: int = 366
    loan_kept_days: int = 90
    letters_of_account_per_hour: int = 5
    letters_from_address_per_hour: int = 60
    reset_link_minutes: float = 60
    invitation_days: float = 7
    first_code_days: float = 14
    year_end_undo_days: float = 7
    cognito_check_seconds: float = 60
    cognito_checks_per_second: float = 10
    cognito_keys_pause_seconds: float = 5
    admin_log_days: float = 365
    password_failures: int = 4
    address_password_failures: int = 2_000
    password_hashes_at_once: int = 2
    password_hashes_waiting: int = 100


def limits_from_environment() -> Limits:
    """Read every limit; a wrong value raises ImproperlyConfigured and names its variable."""
    found: dict[str, Any] = {}
    for limit in fields(Limits):
        read = env.integer if limit.type is int else env.number
        found[limit.name] = read(limit.name.upper(), getattr(Limits(), limit.name))
    return Limits(**found)
