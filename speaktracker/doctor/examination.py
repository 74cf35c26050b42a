"""Every check, side by side, each in a thread: what hangs holds up neither the others nor the end.

A check is a function that yields findings; what it has yielded by the deadline counts.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from django.db import connections

from speaktracker.db.outage import reason_of
from speaktracker.doctor.database_checks import check_database, database_subjects
from speaktracker.doctor.email_checks import check_email
from speaktracker.doctor.findings import Finding, left_out
from speaktracker.doctor.machine_checks import check_machine
from speaktracker.doctor.mirror_checks import check_mirror
from speaktracker.doctor.redis_checks import check_redis, redis_subjects
from speaktracker.doctor.settings_checks import check_settings
from speaktracker.doctor.user_pool_checks import check_user_pool

Check = Callable[[], Iterable[Finding]]

# Above what any check takes whose every call ends by its own deadline.
DEADLINE_SECONDS: Final = 12.0
CHECKS: Final[dict[str, Check]] = {
    "settings": check_settings,
    "machine": check_machine,
    "database": check_database,
    "redis": check_redis,
    "mirror": check_mirror,
    "user pool": check_user_pool,
    "e-mail": check_email,
}
# Of the checks that find more than what they are called by.
SUBJECTS: Final[dict[str, Callable[[], list[str]]]] = {
    "machine": lambda: ["state folder", "disk", "time zone"],
    "database": database_subjects,
    "redis": redis_subjects,
}


def examine(
    checks: dict[str, Check] | None = None, seconds: float = DEADLINE_SECONDS
) -> list[Finding]:
    """Carry out every check, or these by their subjects, within so many seconds."""
    checks = CHECKS if checks is None else checks
    found: dict[str, list[Finding]] = {subject: [] for subject in checks}
    threads = [
        # A daemon: who looks a name up that nobody knows cannot be called back.
        threading.Thread(target=_carry_out, args=(subject, check, found[subject]), daemon=True)
        for subject, check in checks.items()
    ]
    for thread in threads:
        thread.start()
    ends_at = time.monotonic() + seconds
    for thread, subject in zip(threads, checks, strict=True):
        thread.join(max(0.0, ends_at - time.monotonic()))
        if thread.is_alive():
            late = f"It did not answer within {seconds:g} s: look at the network, or at its server."
            found[subject] = [*found[subject], Finding(subject, "failed", late)]
            found[subject] += _hidden(subject, found[subject])
    return [finding for subject in checks for finding in found[subject]]


def _carry_out(subject: str, check: Check, found: list[Finding]) -> None:
    try:
        for finding in check():
            found.append(finding)
    except Exception as error:
        kind = type(error).__name__
        bug = f"It could not be looked at, which is a bug: {kind}: {reason_of(error)}"
        found.append(Finding(subject, "failed", bug))
        found += _hidden(subject, found)
    finally:
        connections.close_all()


def _hidden(subject: str, found: Iterable[Finding]) -> list[Finding]:
    """Say of what a check would have found yet, had it not ended early, that it is not known."""
    subjects = SUBJECTS[subject]() if subject in SUBJECTS else ()
    known = {finding.subject for finding in found}
    return [*left_out(subjects, f"`{subject}` was not looked at to its end", known)]


def worst(findings: Sequence[Finding]) -> str:
    """Say `failed`, `warning` or `ok` for all of them together."""
    states = {finding.state for finding in findings}
    return next((state for state in ("failed", "warning") if state in states), "ok")
