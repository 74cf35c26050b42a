"""The relay's clocks, in seconds; tests shorten them."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how long; fail-over takes `lease` + `renew` at most, so below 15 s.

    A call must fit into what is left of a lease at its worst, `lease` - `renew`.
    """

    poll: float = 0.5
    gather: float = 0.05
    lease: float = 10
    renew: float = 2.5
    call: float = 6
    first_pause: float = 0.1
    longest_pause: float = 5
    remember: float = 60
    write_again: float = 30
    tidy: float = 10

    def pause(self, failures: int) -> float:
        """Choose how long to wait after so many failures in a row: growing, bounded, jittered."""
        longest = min(self.longest_pause, self.first_pause * 2 ** min(failures, 16))
        return random.uniform(longest / 2, longest)
