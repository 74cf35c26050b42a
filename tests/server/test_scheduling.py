"""The event loop's thread asks Linux for short slices; the threads it starts have the usual one."""

import ctypes
import os
import platform
import sys
import threading
from collections.abc import Callable

import pytest

from speaktracker.server.scheduling import SLICE, SchedulingAttributes, ask_for_short_slices

GET_ATTRIBUTES = {"x86_64": 315, "aarch64": 275, "riscv64": 275}
RELEASE = tuple(int(part) for part in platform.release().split(".")[:2] if part.isdigit())


def attributes() -> SchedulingAttributes:
    """Read the calling thread's own; raises OSError where the system has none to read."""
    found = SchedulingAttributes()
    library = ctypes.CDLL(None, use_errno=True)
    number, size = GET_ATTRIBUTES[platform.machine()], ctypes.sizeof(SchedulingAttributes)
    if library.syscall(number, 0, ctypes.byref(found), size, 0):
        raise OSError(ctypes.get_errno(), "sched_getattr")
    return found


def has_slices() -> bool:
    """Tell whether this system lets a thread ask: Linux does, some sandboxes do not."""
    if sys.platform != "linux" or platform.machine() not in GET_ATTRIBUTES:
        return False
    try:
        attributes()
    except OSError:
        return False
    return True


on_linux = pytest.mark.skipif(not has_slices(), reason="Linux alone has slices to ask for")


def in_a_thread(work: Callable[[], None]) -> None:
    """Run `work` in a thread of its own, and raise what it raises."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    if raised:
        raise raised[0]


@on_linux
def test_a_thread_that_asks_has_short_slices_and_its_nice_value() -> None:
    def ask() -> None:
        os.setpriority(os.PRIO_PROCESS, 0, 5)
        assert ask_for_short_slices()
        found = attributes()
        assert (found.policy, found.nice) == (os.SCHED_OTHER, 5)
        if RELEASE >= (6, 12):
            assert found.runtime == SLICE

    in_a_thread(ask)


@on_linux
def test_the_threads_it_starts_have_the_usual_slice() -> None:
    usual = attributes().runtime
    found: list[int] = []

    def ask() -> None:
        ask_for_short_slices()
        in_a_thread(lambda: found.append(attributes().runtime))

    in_a_thread(ask)
    assert found == [usual]


@on_linux
def test_another_policy_is_left_alone() -> None:
    def ask() -> None:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        assert not ask_for_short_slices()
        assert os.sched_getscheduler(0) == os.SCHED_BATCH

    in_a_thread(ask)


def test_elsewhere_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "unknown")
    assert not ask_for_short_slices()
