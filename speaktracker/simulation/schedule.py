"""Who sends when: an open loop at a set rate, in turn, within what one user may send. Pure."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar


class Sender(Protocol):
    """Somebody in the rota."""

    def may_send(self, now: float) -> bool:
        """Tell whether a message of theirs would be sent and taken now."""

    def rests(self) -> bool:
        """Let this turn pass."""


S = TypeVar("S", bound=Sender)


class Allowance:
    """At most `rate` messages a second of one user, and `burst` at once (never on the edge)."""

    def __init__(self, rate: float, burst: int = 3) -> None:
        self._gap = 1 / rate
        self._lead = (burst - 1) * self._gap
        self._due = 0.0

    def allows(self, now: float) -> bool:
        """Tell whether one may be sent at `now`, in seconds."""
        return now >= self._due - self._lead - 1e-9

    def take(self, now: float) -> None:
        """Count one that is sent at `now`."""
        self._due = max(self._due, now) + self._gap


class Beat:
    """The messages that are due: number k at k / rate seconds after `start`."""

    def __init__(self, rate: float, start: float) -> None:
        self._rate = rate
        self._start = start
        self._done = 0

    def due(self, now: float) -> int:
        """Count and answer what has become due since the last call."""
        due = int((now - self._start) * self._rate + 1e-9) - self._done
        self._done += max(due, 0)
        return max(due, 0)

    def wait(self, now: float) -> float:
        """Return the seconds until the next one is due."""
        return max(self._start + (self._done + 1) / self._rate - now, 0.0)


class Rota(Generic[S]):
    """Everybody in turn; who rests is passed over as long as somebody else may send."""

    def __init__(self, people: Sequence[S]) -> None:
        self._people = people
        self._next = 0

    def pick(self, now: float) -> S | None:
        """Pick who sends next; None when nobody may."""
        resting: S | None = None
        for _ in range(len(self._people)):
            person = self._people[self._next]
            self._next = (self._next + 1) % len(self._people)
            if not person.may_send(now):
                continue
            if not person.rests():
                return person
            resting = resting or person
        return resting
