"""A way between two parts that is cut: by resets, by refusals, or without a word."""

import asyncio
import random
from operator import attrgetter

from tests.cluster.cut import Cable
from tests.cluster.random_faults.fault import Part
from tests.cluster.random_faults.installation import Installation

WAYS = ("redis", "postgresql", "clients")
HOW = {"reset": Cable.cut, "refuse": Cable.refuse, "blackhole": Cable.freeze}


class Cut:
    """The ways of one node, or of every node, to one kind of part."""

    part: Part = "network"

    def __init__(self, installation: Installation, chance: random.Random) -> None:
        way, self.how = chance.choice(WAYS), chance.choice(sorted(HOW))
        number = chance.randrange(-1, len(installation.nodes))
        cables = installation.cables if number < 0 else [installation.cables[number]]
        self.cables: list[Cable] = [attrgetter(way)(each) for each in cables]
        self.name = f"cut {way} of {'every node' if number < 0 else f'node {number}'} ({self.how})"

    async def begin(self) -> None:
        """Cut."""
        for cable in self.cables:
            HOW[self.how](cable)

    async def end(self) -> None:
        """Mend."""
        for cable in self.cables:
            cable.mend()


class CutMirror(Cut):
    """Everybody's way to DynamoDB."""

    def __init__(self, installation: Installation, chance: random.Random) -> None:
        self.how = chance.choice(sorted(HOW))
        self.cables = [installation.dynamodb_cable]
        self.name = f"cut dynamodb of every node ({self.how})"


class RestartDynamoDB:
    """DynamoDB is gone for a while; what it has taken it keeps."""

    part: Part = "dynamodb"
    name = "kill dynamodb"

    def __init__(self, installation: Installation, _chance: random.Random) -> None:
        self.server = installation.parts.dynamodb

    async def begin(self) -> None:
        """End it."""
        await asyncio.to_thread(self.server.stop)

    async def end(self) -> None:
        """Start it again, on its port, with its tables."""
        await asyncio.to_thread(self.server.start)
