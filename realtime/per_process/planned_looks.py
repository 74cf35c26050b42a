"""When a socket is to be looked at again, kept so that a duty finds who is due."""

from realtime.per_process.process_state import ProcessState


class PlannedLooks:
    """A socket's two times (monotonic seconds), which stand in lists of its process."""

    __slots__ = ("_overdue_at", "_recheck_at", "process")

    def __init__(self, process: ProcessState) -> None:
        self.process = process
        # Soon, since its person may have changed while it opened.
        self.recheck_at = self.overdue_at = 0.0

    @property
    def recheck_at(self) -> float:
        """When to look again at what it stands on, such as its session."""
        return self._recheck_at

    @recheck_at.setter
    def recheck_at(self, at: float) -> None:
        self._recheck_at = at
        self.process.rechecks.plan(self, at)

    @property
    def overdue_at(self) -> float:
        """When to look again whether its time is over."""
        return self._overdue_at

    @overdue_at.setter
    def overdue_at(self, at: float) -> None:
        self._overdue_at = at
        self.process.overdue.plan(self, at)
