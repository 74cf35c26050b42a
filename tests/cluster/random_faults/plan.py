"""The faults of a run in their order, all from one seed."""

import random
from collections.abc import Callable, Iterator

from tests.cluster.random_faults.fault import Fault, Step
from tests.cluster.random_faults.installation import Installation
from tests.cluster.random_faults.network_faults import Cut, CutMirror, RestartDynamoDB
from tests.cluster.random_faults.postgresql_faults import FillSlots, ReadOnly, RestartPostgreSQL
from tests.cluster.random_faults.process_faults import Hang, Kill, Skew
from tests.cluster.random_faults.redis_faults import Demote, FillRedis, HangRedis, RestartRedis

FAULTS: tuple[tuple[Callable[[Installation, random.Random], Fault], int], ...] = (
    *((Kill, 3), (RestartPostgreSQL, 1), (RestartRedis, 1), (RestartDynamoDB, 1)),
    *((Hang, 2), (HangRedis, 1)),
    *((Cut, 5), (CutMirror, 1)),
    *((Demote, 2), (ReadOnly, 1)),
    *((FillSlots, 1), (FillRedis, 1)),
    (Skew, 2),
)
TWO_AT_ONCE = 0.25
PAUSE_SECONDS = (1.0, 3.0)
# Past the lease of a process (20 s) and the patience with a silent socket (20 s) now and then.
SHORT_SECONDS, LONG_SECONDS, LONG = (0.5, 8.0), (20.0, 30.0), 0.15


def steps(installation: Installation, seed: int, longest: float = 60) -> Iterator[Step]:
    """Choose without end; `longest` shortens the seconds of a step and changes nothing else."""
    chance = random.Random(seed)
    number = 0
    while True:
        number += 1
        faults = [_some_fault(installation, chance)]
        if chance.random() < TWO_AT_ONCE:
            another = _some_fault(installation, chance)
            if another.part != faults[0].part:
                faults.append(another)
        pause = chance.uniform(*PAUSE_SECONDS)
        short, long = chance.uniform(*SHORT_SECONDS), chance.uniform(*LONG_SECONDS)
        seconds = min(long if chance.random() < LONG else short, longest)
        yield Step(number, pause, seconds, tuple(faults))


def _some_fault(installation: Installation, chance: random.Random) -> Fault:
    kinds, weights = zip(*FAULTS, strict=True)
    (kind,) = chance.choices(kinds, weights)
    made: Fault = kind(installation, chance)
    return made
