"""Run `manage.py` with a wall clock that is some seconds off: SECONDS manage.py's arguments…"""

import datetime
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
RealDatetime = datetime.datetime


class _AnyDatetime(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, RealDatetime)


def shift(seconds: int) -> None:
    """Move what this process takes for the time; clocks that only measure stay."""
    real, real_ns = time.time, time.time_ns
    time.time = lambda: real() + seconds
    time.time_ns = lambda: real_ns() + seconds * 1_000_000_000

    class ShiftedDatetime(RealDatetime, metaclass=_AnyDatetime):
        __slots__ = ()

        def __new__(cls, *arguments: Any, **named: Any) -> Any:
            return RealDatetime(*arguments, **named)

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> RealDatetime:  # type: ignore[override]
            return RealDatetime.now(tz) + datetime.timedelta(seconds=seconds)

    datetime.datetime = ShiftedDatetime  # type: ignore[misc]


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    shift(int(sys.argv.pop(1)))
    from manage import main

    main()
