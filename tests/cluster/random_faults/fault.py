"""What goes wrong: a noun that begins and ends."""

from dataclasses import dataclass
from typing import Literal, Protocol

Part = Literal["process", "network", "redis", "postgresql", "dynamodb"]


class Fault(Protocol):
    """Something that is wrong from `begin` to `end`."""

    part: Part

    @property
    def name(self) -> str:
        """Say what, where and how."""
        ...

    async def begin(self) -> None:
        """Go wrong."""
        ...

    async def end(self) -> None:
        """Be right again; returns once the part answers."""
        ...


@dataclass(frozen=True)
class Step:
    """Faults that are wrong together for so many seconds, after a pause of so many."""

    number: int
    pause: float
    seconds: float
    faults: tuple[Fault, ...]

    @property
    def name(self) -> str:
        """Say all of it in a line."""
        return f"{' + '.join(fault.name for fault in self.faults)} for {self.seconds:.1f} s"

    async def begin(self) -> None:
        """Go wrong; a process that must start first does so while all else is well."""
        for fault in sorted(self.faults, key=lambda fault: fault.part != "process"):
            await fault.begin()

    async def end(self) -> None:
        """Be right again; processes last, since they need the others to start."""
        for fault in sorted(self.faults, key=lambda fault: fault.part == "process"):
            await fault.end()
