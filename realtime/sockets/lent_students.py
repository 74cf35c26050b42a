"""The students lent to one dashboard: whose each is, and what is published of them.

Publishers know nothing of loans: the dashboard of a substitute joins the groups of those who lend,
and leaves out of what it is told there who is not lent. docs/decisions/substitutes.md says why.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from realtime.broadcast import publish
from realtime.broadcast.lent_frames import retold
from realtime.per_process.process_state import ProcessState
from realtime.presence.news import Tutor
from realtime.presence.snapshot import WatchedStudents, read_students
from speaktracker import db
from speaktracker.layers.subscription import Subscription
from speaktracker.roster.loans.selectors import Lender

Event = dict[str, Any]


class LentStudents:
    """Who is lent to a dashboard's tutor now, as far as it knows, and by whom."""

    def __init__(
        self, tutor: Tutor, process: ProcessState, on_event: Callable[[Event], None]
    ) -> None:
        """Give `on_event` what lenders' dashboards are told of who is lent, as the tutor's own."""
        self._tutor = tutor
        self._process = process
        self._on_event = on_event
        self._lenders: Mapping[int, Lender] = {}
        self._subscriptions: dict[int, Subscription] = {}
        self._is_closed = False

    def close(self) -> None:
        """Hear nothing more; harmless to repeat."""
        self._is_closed = True
        for subscription in self._subscriptions.values():
            subscription.close()

    async def ask_journals(self) -> None:
        """Have what other processes have not journalled yet come as updates. Raises Unavailable."""
        await self._process.journal_questions.ask((self._tutor.user_id, *self._subscriptions))

    async def read_students(self) -> WatchedStudents:
        """Read whom the tutor sees, own and lent, and show those as lent. Raises Unavailable."""
        while True:
            await asyncio.gather(self.ask_journals(), self._process.journal.flush())
            watched = await db.read(read_students, self._tutor.user_id)
            # What was published before a group was joined is read once more.
            if not await self._learn(watched.lent):
                return watched

    async def _learn(self, lent: Mapping[int, Lender]) -> bool:
        """Take these for lent, and join their lenders' groups and no other; tell if one is new."""
        self._lenders = lent
        wanted = {lender.tutor_id for lender in lent.values()}
        for tutor_id in self._subscriptions.keys() - wanted:
            self._subscriptions.pop(tutor_id).close()
        joining = wanted - self._subscriptions.keys()
        for tutor_id in joining:
            subscription = await Subscription.open("dashboard.")
            await subscription.join(publish.dashboards_group(tutor_id))
            self._subscriptions[tutor_id] = subscription
            if self._is_closed:  # the socket ended meanwhile
                subscription.close()
            subscription.start(self._receive)
        return bool(joining)

    def is_of(self, lent: Mapping[int, Lender]) -> bool:
        """Tell whether it is these who are shown as lent, by the same people and as long."""
        return self._lenders == lent

    def of(self, student_id: int) -> Lender | None:
        """Find whose student somebody lent is; None for the tutor's own."""
        return self._lenders.get(student_id)

    def _receive(self, event: Event) -> None:
        if event["type"] == "dashboard.roster":
            self._on_event({"type": "dashboard.lent"})
        if event["type"] != "dashboard.student":
            return
        lender = self.of(event["student"])
        # Who comes to the lender from elsewhere is lent, or not, by what the roster says then.
        if lender and event["membership"] != "added":
            self._on_event(retold(event, self._tutor.email, lender))
