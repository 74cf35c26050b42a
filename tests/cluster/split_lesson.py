"""A student at one process and their tutor's dashboard at the other, while Redis goes wrong."""

from typing import Self

import httpx

from tests.cluster.cluster import Cluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left

TUTOR = "tutor1@example.com"
SECONDS = 15


class SplitLesson:
    """The two, and who gives the student feedback meanwhile."""

    def __init__(self, crowd: Crowd, board: DashboardBot, student: StudentBot) -> None:
        self._crowd = crowd
        self.board, self.student = board, student
        self.giver = Giver(board.cluster, student.email)

    @classmethod
    async def begin(cls, cluster: Cluster, crowd: Crowd) -> Self:
        """Have both come, the dashboard first."""
        first, second = (node.port for node in cluster.nodes)
        board = await crowd.one(DashboardBot(cluster, TUTOR, lambda: second))
        email = cluster.students_of(TUTOR)[0]
        return cls(crowd, board, await crowd.one(StudentBot(cluster, email, lambda: first)))

    async def gets_all_feedback(self, client: httpx.AsyncClient) -> None:
        """Wait until the student was shown what was given, in order; then give once more."""
        await eventually(
            lambda: [frame["message_id"] for frame in self.student.shown],
            lambda shown: shown == self.giver.given,
            SECONDS,
        )
        await self.giver.give(client)

    async def is_right_again(self) -> None:
        """See that a status and feedback arrive at once, and nothing came twice."""
        board, student = self.board, self.student
        await student.report("paused")
        await nothing_left(lambda: differences([board], [student]), 20)
        assert self.giver.outcomes[-1] == "delivered"
        assert not [states for states in board.states.values() if len(states) != len(set(states))]
        assert not self._crowd.faults()

    def has_gone_on(self) -> bool:
        """Tell whether neither socket was ever closed."""
        return len(self.student.sittings) == len(self.board.sittings) == 1
