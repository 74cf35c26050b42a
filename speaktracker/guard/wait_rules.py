"""How long the next try has to wait: plain arithmetic on what failed of late.

However many addresses join in, at most 20 tries of one account pass in any ten minutes: 9 from
addresses its owner never signed in from, 11 from those where they did.
"""

from collections.abc import Sequence
from dataclasses import dataclass

# What is older counts no more, and is deleted.
KEPT_SECONDS = 2 * 60 * 60
FIRST_WAIT_SECONDS = 60
LONGEST_WAIT_SECONDS = 30 * 60
# Strangers together get these more than one address: one guesser alone does not use them up.
MORE_FOR_STRANGERS = 2
KNOWN_SECONDS = 10 * 60
KNOWN_TRIES = 11
# From here on a stranger's second try of an account waits: someone tries many accounts from there.
NOISY_SECONDS = 10 * 60
NOISY_FAILURES = 300
ADDRESS_SECONDS = 60 * 60


@dataclass(frozen=True, slots=True)
class Failure:
    """A try that failed `at` (epoch seconds): by which kind of address, and whether by this one."""

    at: float
    known: bool
    here: bool


@dataclass(frozen=True, slots=True)
class TryHistory:
    """What counts for one try: the account's failures, and what failed from the address at all."""

    failures: Sequence[Failure]
    known: bool
    of_address: int = 0
    of_address_lately: int = 0
    address_failed_at: float = 0.0


def seconds_to_wait(history: TryHistory, now: float, free: int, free_of_address: int) -> float:
    """Return the seconds until the next try may pass, 0.0 for at once.

    `free` failures of an account from one address cost nothing, `free_of_address` from one address
    with whatever accounts: more than a whole school mistypes.
    """
    failures, is_noisy = history.failures, history.of_address_lately >= NOISY_FAILURES
    here = [failure.at for failure in failures if failure.here]
    if history.known:
        since = now - KNOWN_SECONDS
        known = sorted(f.at for f in failures if f.known and f.at > since)
        full = known[-KNOWN_TRIES] + KNOWN_SECONDS - now if len(known) >= KNOWN_TRIES else 0.0
        return max(growing_wait(here, free, now), full)
    strangers = [failure.at for failure in failures if not failure.known]
    address = growing_seconds(history.of_address, free_of_address)
    return max(
        growing_wait(here, 1 if is_noisy else free, now),
        growing_wait(strangers, free + MORE_FOR_STRANGERS, now),
        history.address_failed_at + address - now,
        0.0,
    )


def growing_wait(times: Sequence[float], free: int, now: float) -> float:
    """Return the seconds until failures at `times` allow another try."""
    return max(max(times, default=0.0) + growing_seconds(len(times), free) - now, 0.0)


def growing_seconds(failures: int, free: int) -> float:
    """Return the pause after the last of so many failures: none, then 1, 2, 4 … 30 minutes."""
    if failures < free:
        return 0.0
    doublings = min(failures - free, 10)  # or the power would grow beyond every number
    return float(min(FIRST_WAIT_SECONDS * 2**doublings, LONGEST_WAIT_SECONDS))
