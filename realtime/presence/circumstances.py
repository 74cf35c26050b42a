"""What dashboards show of a student beside their practice: since when, in which group, asking help.

Pure: no Django, no clock, no I/O.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from msgspec import Struct, to_builtins

from realtime.protocol.field_types import HelpState

# The states of a question that still waits.
OPEN: frozenset[HelpState] = frozenset({"asked", "seen"})


class HelpCall(Struct, frozen=True, gc=False):
    """A student's question to their tutor, and what has become of it (`state`, since `at`).

    One that was answered or withdrawn is kept until the student leaves class.
    """

    state: HelpState
    at: datetime
    asked_at: datetime
    note: str = ""
    seen_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether the student still waits."""
        return self.state in OPEN


class Circumstances(Struct, frozen=True, gc=False):
    """What a status does not say of its student, though the update it causes shows it.

    `version` is the student's at the last change of it: whoever knows an older one shows it anew.
    """

    version: int = 0
    came_at: datetime | None = None
    group: str = ""
    help: HelpCall | None = None


class Since(Struct, frozen=True, gc=False):
    """When the status, and the progress or the sentence, changed last."""

    status: datetime | None = None
    progress: datetime | None = None


NO_CIRCUMSTANCES = Circumstances()
NEVER = Since()


def as_event(circumstances: Circumstances) -> dict[str, Any]:
    """Write circumstances as they travel between processes: plain values, times as ISO 8601."""
    return cast(dict[str, Any], to_builtins(circumstances))


def from_event(told: Mapping[str, Any]) -> Circumstances:
    """Read what `as_event` wrote."""
    call = told["help"]
    return Circumstances(
        told["version"],
        _moment(told["came_at"]),
        told["group"],
        HelpCall(
            call["state"],
            datetime.fromisoformat(call["at"]),
            datetime.fromisoformat(call["asked_at"]),
            call["note"],
            _moment(call["seen_at"]),
        )
        if call
        else None,
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
