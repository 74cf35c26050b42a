"""How often one address may knock: counted in this process, before a handshake costs anything.

It is generous, since a school may stand behind one address: a class comes at once, and after a
network failure everybody is let in as fast as a process takes them anyway.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from django.conf import settings

from realtime.per_process.rates import TokenBucket
from speaktracker.http.network_address import network_of

# The addresses that came last; one that is forgotten begins with a full bucket again.
ADDRESSES_BOUND = 10_000
# Nobody is sent away for longer, however many wait before them.
LONGEST_WAIT_SECONDS = 15.0


class HandshakeBucket(TokenBucket):
    """The handshakes of one address, and when the next one who was refused gets their turn."""

    __slots__ = ("_turn",)

    def __init__(self, clock: Callable[[], float]) -> None:
        limits = settings.LIMITS
        super().__init__(
            limits.address_handshakes_per_second, limits.address_handshakes_at_once, clock
        )
        self._turn = 0.0

    def wait(self) -> float:
        """Take one and return 0.0, or none and return the seconds after which to come back.

        Those who are refused at the same time are given different times.
        """
        if not (missing := self.take()):
            return 0.0
        now = self._clock()
        latest = now + LONGEST_WAIT_SECONDS
        self._turn = min(max(self._turn + 1 / self._rate, now + missing), latest)
        return self._turn - now


class HandshakeLimit:
    """The buckets of the addresses that came last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, HandshakeBucket] = OrderedDict()

    def wait(self, address: str) -> float:
        """Count a handshake from `address`; return 0.0, or the seconds after which to come back."""
        network = network_of(address)
        bucket = self._buckets.get(network)
        if bucket is None:
            bucket = self._buckets[network] = HandshakeBucket(self._clock)
            if len(self._buckets) > ADDRESSES_BOUND:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(network)
        return bucket.wait()
