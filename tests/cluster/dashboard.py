"""A tutor's dashboard: folds what it hears into what it shows, as the contract says."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from tests.cluster.bots import Bot, Message

COMPARED = ("online", "status", "session_id", "current_sentence", "progress", "version", "asks")
_EDGES = ("student_joined", "student_left")


@dataclass(frozen=True)
class Edge:
    """A join or a leave as it was heard."""

    student: str
    action: str
    reason: str | None
    at: float


class DashboardBot(Bot):
    """Shows students by address; edges that do not alternate on a socket are faults."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.shown: dict[str, Message] = {}
        self.edges: list[Edge] = []
        self.states: dict[str, list[str]] = {}
        self.seeded = asyncio.Event()
        self.snapshots = 0

    async def start(self, seconds: float = 30) -> None:
        """Connect; returns once the first snapshot is whole, after which every edge is heard."""
        await super().start(seconds)
        async with asyncio.timeout(seconds):
            await self.seeded.wait()

    def opened(self) -> None:
        """Begin a socket: a snapshot will come first."""
        self.seeded.clear()

    async def hear(self, frame: Message) -> None:
        """Fold a frame."""
        if frame["type"] == "feedback_status":
            self.states.setdefault(frame["message_id"], []).append(frame["state"])
        if frame["type"] != "dashboard":
            return
        if frame["action"] == "broadcast_all":
            self._seed(frame)
        elif frame["action"] == "updates":
            for data in frame["data"]["students"]:
                self._fold("update", data)
        else:
            self._fold(frame["action"], frame["data"])

    def _seed(self, frame: Message) -> None:
        fresh = {data["student_email"]: data for data in frame["data"]["students"]}
        if self.seeded.is_set():
            for email, data in fresh.items():
                if in_class(self.shown.get(email)) != in_class(data):
                    self._fault(f"a snapshot moved {email} without an edge: {data}")
        if frame.get("part", 1) == 1:
            self.shown = {}
        self.shown.update(fresh)
        if frame.get("part", 1) == frame.get("parts", 1):
            self.snapshots += 1
            self.seeded.set()

    def _fold(self, action: str, data: Message) -> None:
        email = data["student_email"]
        known = self.shown.get(email)
        if known is None or not self.seeded.is_set():
            self._fault(f"{action} of {email} before its snapshot")
            return
        if data["version"] <= known["version"]:
            self._fault(f"{action} of {email} is older than what is shown: {data} after {known}")
        before, after = in_class(known), in_class(data)
        if action in _EDGES:
            self.edges.append(Edge(email, action, data.get("reason"), time.monotonic()))
            if (action == "student_joined") == before:
                self._fault(f"{action} of {email} does not flip: {data} after {known}")
        elif before != after:
            self._fault(f"an update moved {email} without an edge: {data} after {known}")
        self.shown[email] = data

    def _fault(self, text: str) -> None:
        self.faults.append(f"{self.email} on {self.port}: {text}")

    def edges_of(self, student: str) -> list[str]:
        """List a student's joins and leaves."""
        return [edge.action for edge in self.edges if edge.student == student]

    def leaves_since(self, moment: float) -> list[Edge]:
        """List the leaves after `moment` (monotonic)."""
        return [e for e in self.edges if e.action == "student_left" and e.at >= moment]

    def differences(self) -> list[str]:
        """Compare what is shown with SQL."""
        truth = self.cluster.presence()
        found = []
        for email in self.cluster.students_of(self.email):
            real, seen = truth.get(email), self.shown.get(email)
            if seen is None:
                found.append(f"{email} is not shown")
            elif real is not None and any(real[name] != shown_of(seen)[name] for name in COMPARED):
                found.append(f"{email}: SQL has {real}, shown is {seen}")
            elif real is None and seen["online"]:
                found.append(f"{email} was never here, shown is {seen}")
        return found


def shown_of(data: Message) -> Message:
    """Show whether a student asks for help in one word, as SQL is compared."""
    return {**data, "asks": data.get("help") is not None}  # the release before has none


def in_class(data: Message | None) -> bool:
    """Tell whether a student as shown is in class."""
    return bool(data and data["online"] and data["status"] != "finished")
