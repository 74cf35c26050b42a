"""Whatever ends, and however: nobody is shown who is not there, and nobody flickers."""

import asyncio
import random
from dataclasses import dataclass

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.cut import Cable
from tests.cluster.dashboard import DashboardBot, in_class
from tests.cluster.lengths import lengths
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left

LEAVE_SECONDS = 35
TUTORS = ("tutor1@example.com", "tutor2@example.com")


@dataclass(frozen=True)
class Size:
    """How many people of each kind, how many things happen, and how long a reload may take."""

    each: int
    events: int
    grace: str


SHORT, FULL = Size(5, 40, "5"), Size(20, 500, "10")


@lengths(SHORT, FULL)
async def test_nobody_haunts_a_dashboard(
    start_cluster: MakeCluster, crowd: Crowd, size: Size
) -> None:
    grace = {"REJOIN_GRACE_SECONDS": size.grace, "PROGRESS_JOURNAL_SECONDS": "1"}
    cluster = start_cluster(nodes=3, **grace)
    boards = await crowd.add([DashboardBot(cluster, tutor) for tutor in TUTORS for _ in range(2)])
    people = [s for tutor in TUTORS for s in cluster.students_of(tutor)]
    random.shuffle(people)
    stayers = await crowd.add([StudentBot(cluster, email) for email in people[: size.each]])
    rovers = [StudentBot(cluster, email) for email in people[size.each : 2 * size.each]]
    await crowd.add(rovers)
    lost, cable = await _lose_the_network(cluster, crowd, people[-1])

    for turn in range(size.events):
        if turn == size.events // 2:
            cluster.nodes[0].kill()
        await _something_happens(stayers, rovers)
        await asyncio.sleep(random.uniform(0, 0.1))

    await _all_who_are_gone_have_left(boards, [*rovers, lost])
    await cable.close()
    await lost.stop()
    await asyncio.gather(*(bot.is_here() for bot in [*boards, *stayers]))
    await eventually(cluster.recorded, lambda found: found == crowd.connections(), LEAVE_SECONDS)
    await nothing_left(lambda: differences(boards, stayers), 20)
    assert not crowd.faults()
    left = {edge.student for board in boards for edge in board.leaves_since(0)}
    assert not left & {stayer.email for stayer in stayers}


async def _lose_the_network(cluster: Cluster, crowd: Crowd, email: str) -> tuple[StudentBot, Cable]:
    """Connect a student whose packets then get lost, without a word to either side."""
    cable = Cable(cluster.nodes[1].port)
    await cable.start()
    student = await crowd.one(StudentBot(cluster, email, lambda: cable.port))
    cable.freeze()
    return student, cable


async def _something_happens(stayers: list[StudentBot], rovers: list[StudentBot]) -> None:
    """Let a stayer report or reload, or a rover come, go or be killed."""
    stayer, rover = random.choice(stayers), random.choice(rovers)
    what = random.choice(("reports", "reloads", "breaks", "moves", "moves"))
    if what == "reports":
        await stayer.report()
    elif what == "reloads" and stayer.here.is_set():
        await stayer.reload()
    elif what == "breaks" and stayer.here.is_set():
        stayer.vanish()
    elif rover.is_awake:
        await random.choice((rover.stop, rover.die))()
    else:
        await rover.start()


async def _all_who_are_gone_have_left(
    boards: list[DashboardBot], mortals: list[StudentBot]
) -> None:
    gone = [bot.email for bot in mortals if not bot.is_awake or bot is mortals[-1]]

    def ghosts() -> list[str]:
        return [email for board in boards for email in gone if in_class(board.shown.get(email))]

    await nothing_left(ghosts, LEAVE_SECONDS)
