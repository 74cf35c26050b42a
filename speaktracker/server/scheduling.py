"""Has Linux let the event loop's thread go on as soon as it has something to do.

A thread that waits for a core waits for what the other's slice still holds, 3 ms as a rule: on one
core a status waited so long for the journal's transaction. With a shorter slice of its own the loop
goes first when it wakes (Linux 6.12, sched_setattr(2)), and everybody's share stays what it was; a
nice value would take it from the SQL threads, one of which may hold the interpreter's lock.
"""

import ctypes
import os
import platform
import sys
from typing import Final

# The shortest that Linux takes, in nanoseconds.
SLICE: Final = 100_000
# sched_setattr has no wrapper in Python, nor in the C library of most systems.
_SYSTEM_CALLS: Final = {"x86_64": 314, "aarch64": 274, "riscv64": 274}
_THIS_THREAD: Final = 0
# The threads that it starts, SQL's, begin with the usual slice.
_RESET_ON_FORK: Final = 0x01


class SchedulingAttributes(ctypes.Structure):
    """`struct sched_attr` of linux/sched/types.h, as of its first version."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


def ask_for_short_slices() -> bool:
    """Give the calling thread the shortest slice, and say whether the system took it.

    Nothing happens on other systems, or for a thread that its operator gave another policy. Linux
    before 6.12 takes it and does nothing.
    """
    number = _SYSTEM_CALLS.get(platform.machine())
    if sys.platform != "linux" or number is None:
        return False
    if os.sched_getscheduler(_THIS_THREAD) != os.SCHED_OTHER:
        return False
    wanted = SchedulingAttributes(
        size=ctypes.sizeof(SchedulingAttributes),
        policy=os.SCHED_OTHER,
        flags=_RESET_ON_FORK,
        nice=os.getpriority(os.PRIO_PROCESS, _THIS_THREAD),
        runtime=SLICE,
    )
    library = ctypes.CDLL(None, use_errno=True)
    return bool(library.syscall(number, _THIS_THREAD, ctypes.byref(wanted), 0) == 0)
