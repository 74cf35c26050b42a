"""The relay's intervals and time limits, in seconds; tests shorten them."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """How often and how long; fail-over takes `lease` + `renew` at most, so below 15 s.

    A call must fit into what is left of a lease at its worst, `lease` - `renew`.
    """

    poll: float = 0.5
    batch_delay: float = 0.05  # commits come one by one: a moment's patience makes batches of them
    lease: float = 10
    renew: float = 2.5
    call_timeout: float = 6
    first_backoff: float = 0.1
    longest_backoff: float = 5
    keep_done: float = 60  # a new relay writes again what was written within this time
    rewrite_delay: float = 30  # a call without an answer may be carried out until then
    purge: float = 10
    tell: float = 10

    def backoff(self, failures: int) -> float:
        """Choose how long to wait after so many failures in a row: growing, bounded, jittered."""
        longest = min(self.longest_backoff, self.first_backoff * 2 ** min(failures, 16))
        return random.uniform(longest / 2, longest)
