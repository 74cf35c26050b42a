"""A server process that is killed, hangs, or has a wrong clock."""

import asyncio
import random
import signal

from tests.cluster.cluster import Node
from tests.cluster.random_faults.fault import Part
from tests.cluster.random_faults.installation import Installation
from tests.cluster.random_faults.shifted_clock import __file__ as shifted_clock

SHIFTS = (-300, -30, 30, 300)


class OfProcess:
    """A fault of one node; the first is left alone by all but `Hang`, so that its memory tells."""

    part: Part = "process"

    def __init__(self, installation: Installation, chance: random.Random) -> None:
        self.number = chance.randrange(1, len(installation.nodes))
        self.node = installation.nodes[self.number]


class Kill(OfProcess):
    """A crash, and a supervisor that starts the process again."""

    @property
    def name(self) -> str:
        """Say which."""
        return f"kill node {self.number}"

    async def begin(self) -> None:
        """End it without a goodbye."""
        await asyncio.to_thread(self.node.kill)

    async def end(self) -> None:
        """Start it again."""
        await asyncio.to_thread(self.node.start)


class Hang(OfProcess):
    """A process that gets no time, as of a paused machine."""

    def __init__(self, installation: Installation, chance: random.Random) -> None:
        self.number = chance.randrange(len(installation.nodes))
        self.node = installation.nodes[self.number]

    @property
    def name(self) -> str:
        """Say which."""
        return f"stop node {self.number}"

    async def begin(self) -> None:
        """Give it no more time."""
        self.node.signal(signal.SIGSTOP)

    async def end(self) -> None:
        """Let it go on."""
        self.node.signal(signal.SIGCONT)


class Skew(OfProcess):
    """A process on a machine whose clock is off."""

    def __init__(self, installation: Installation, chance: random.Random) -> None:
        super().__init__(installation, chance)
        self.shift = chance.choice(SHIFTS)

    @property
    def name(self) -> str:
        """Say which, and by how much."""
        return f"skew node {self.number} by {self.shift:+} s"

    async def begin(self) -> None:
        """Restart it with a clock that is off."""
        await asyncio.to_thread(_restart, self.node, clock_off_by(self.shift))

    async def end(self) -> None:
        """Restart it with the right clock."""
        await asyncio.to_thread(_restart, self.node, ("manage.py",))


def _restart(node: Node, program: tuple[str, ...]) -> None:
    """Stop a node and start it as `program`; `manage.py` or one that ends in it."""
    node.stop()
    node.program = program
    node.start()


def clock_off_by(seconds: int) -> tuple[str, ...]:
    """Name the program that serves with a clock that is off."""
    return (shifted_clock, str(seconds))
