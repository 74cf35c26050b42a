"""Whatever goes wrong, and when: nothing is lost, nothing is shown twice, nobody haunts."""

import os
import random
import time
from pathlib import Path
from statistics import median

import pytest

from tests.cluster.crowd import Crowd
from tests.cluster.random_faults.conductor import MEGABYTE, Conductor, Diary
from tests.cluster.random_faults.installation import Installation
from tests.cluster.random_faults.invariants import Invariants
from tests.cluster.random_faults.plan import steps
from tests.cluster.random_faults.school import School

STATE = Path(__file__).resolve().parents[3] / "var" / "soak"
MINUTES = float(os.environ.get("MINUTES") or 60)
SEED = int(os.environ.get("SEED") or time.time())
# A seed whose first two steps, which is how far it comes, kill Redis, DynamoDB and PostgreSQL.
SHORT_SEED, SHORT_SECONDS, SHORT_FAULT_SECONDS = 2054, 20, 4
WARM_SECONDS, GROWTH = 15 * 60, 40 * MEGABYTE


async def live_through(
    installation: Installation, crowd: Crowd, seed: int, seconds: float, longest: float
) -> Conductor:
    """Run the faults of a seed; what fails names it and the list of what was done."""
    random.seed(seed)
    diary = Diary(STATE / f"{seed}-{time.strftime('%Y%m%d-%H%M%S')}.log")
    school = School(installation, crowd)
    invariants = Invariants(installation, school)
    conductor = Conductor(school, invariants, diary, installation.nodes[0])
    diary.note(f"seed {seed}; what happens is written to {diary.path}")
    try:
        await conductor.run(steps(installation, seed, longest), seconds)
    except BaseException as error:
        diary.note(f"FAILED with seed {seed}: {error!r}")
        error.add_note(f"Seed {seed}: again with `make soak SEED={seed}`.\n{diary.text()}")
        raise
    return conductor


@pytest.mark.e2e
@pytest.mark.timeout(400)
async def test_a_third_of_a_minute_of_faults(installation: Installation, crowd: Crowd) -> None:
    await live_through(installation, crowd, SHORT_SEED, SHORT_SECONDS, SHORT_FAULT_SECONDS)


@pytest.mark.soak
@pytest.mark.timeout(60 * MINUTES + 600)
async def test_an_hour_of_faults(installation: Installation, crowd: Crowd) -> None:
    conductor = await live_through(installation, crowd, SEED, 60 * MINUTES, 60)
    warm = [size for at, size in conductor.sizes if at > WARM_SECONDS]
    if len(warm) >= 20:
        growth = median(warm[-10:]) - median(warm[:10])
        assert growth < GROWTH, f"{conductor.steady.port} grew by {growth / MEGABYTE:.0f} MB"
