"""What the doctor finds of one subject."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "off", "unknown", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A line: `says` what was found and, where it is not well, what to do.

    `off` is what the settings do not ask for, `unknown` what could not be looked at.
    """

    subject: str
    state: State
    says: str


def judged(subject: str, trouble: str, well: str, state: State = "failed") -> Finding:
    """Find `trouble`, as bad as `state` says, or where it is empty that all is `well`."""
    return Finding(subject, state, trouble) if trouble else Finding(subject, "ok", well)


def left_out(
    subjects: Iterable[str], because: str, found: Collection[str] = ()
) -> Iterator[Finding]:
    """Name the subjects, but for those of which something was `found`, that a fault hides."""
    for subject in subjects:
        if subject not in found:
            yield Finding(subject, "unknown", f"Not looked at, since {because}.")
