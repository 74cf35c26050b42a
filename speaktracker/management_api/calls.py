"""A call on one socket, and what came of it: as values, and as events of the channel layer."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Verb = Literal["POST", "GET", "DELETE"]
# `done`; `gone`: there is no such connection; `behind`: its reader; `unknown`: nothing was done.
# All but the first mean that nothing was written, and that nothing will be.
ResultWord = Literal["done", "gone", "behind", "unknown"]


@dataclass(frozen=True, slots=True)
class ConnectionCall:
    """What a caller wants of one connection.

    `repeatable` names a post that its client may send again by itself, and `is_repeated` one that
    it has sent again: whoever has written it before does not write it a second time.
    """

    verb: Verb
    connection_id: str
    body: bytes = b""
    code: int = 1000
    reason: str = ""
    repeatable: str = ""
    is_repeated: bool = False

    def as_event(self) -> dict[str, Any]:
        """Write the call as a part of an event."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of a call; `told` is what a GET is answered with."""

    result: ResultWord
    told: dict[str, Any] | None = None


DONE, GONE = CallResult("done"), CallResult("gone")
BEHIND, UNKNOWN = CallResult("behind"), CallResult("unknown")
