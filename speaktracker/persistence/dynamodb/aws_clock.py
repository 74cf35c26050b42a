"""How far this machine's clock is from AWS', which refuses what was signed at another time."""

import time
from email.utils import parsedate_to_datetime
from typing import Any, Final

# More than that, and AWS refuses every signature; less is told by the doctor before it is too late.
REFUSED_SECONDS: Final = 300
TOLERATED_SECONDS: Final = 60


def seconds_ahead(answer: dict[str, Any]) -> float | None:
    """Tell how far the clock of who gave this answer is ahead, to a second; None where unsaid."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (TypeError, ValueError):
        return None


def clock_trouble(answer: dict[str, Any]) -> str:
    """Say in a sentence that the clocks are too far apart; empty where they are not."""
    ahead = seconds_ahead(answer)
    if ahead is None or abs(ahead) <= TOLERATED_SECONDS:
        return ""
    side = "behind" if ahead > 0 else "ahead of"
    return (
        f"This machine's clock is {abs(ahead):.0f} s {side} AWS', which refuses signatures that "
        f"are {REFUSED_SECONDS // 60} minutes off: run NTP, on the database's machine "
        "as well where that has the same time."
    )
