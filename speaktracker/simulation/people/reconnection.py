"""When a good client comes back after a close, and how long it waits. Pure."""

from random import Random

from realtime.protocol.codes import CloseCode

ABNORMAL = 1006
BASE_SECONDS = 1.0
CAP_SECONDS = 30.0
# A line that stood this long begins the backoff anew.
STEADY_SECONDS = 5.0
_LEAST = {CloseCode.TOO_MANY_CONNECTIONS: 30.0, CloseCode.TOO_MANY_MESSAGES: 5.0}


def comes_back(code: int) -> bool:
    """Tell whether a close means "come back"; from 4400 on it means "not as you are"."""
    return code < CloseCode.BAD_REQUEST


def wait(code: int, attempt: int, random: Random) -> float:
    """Return the seconds before attempt number `attempt` (from 0): exponential, full jitter."""
    # The exponent is bounded, since an outage of days must not overflow a float.
    backoff = random.random() * min(CAP_SECONDS, BASE_SECONDS * 2 ** min(attempt, 10))
    return _LEAST.get(code, 0.0) + backoff  # type: ignore[call-overload, no-any-return]
