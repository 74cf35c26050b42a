"""A class on a tutor's page whose frames, minutes and silences the test decides.

The page, its session and its scripts are the server's own. Only what comes over the socket is
staged, since a real student needs 25 minutes to be overlooked for so long.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Page, WebSocketRoute

from tests.e2e.browser import DESKTOP, Windows


def ago(minutes: float) -> str:
    """Write a moment so many minutes ago as the server does."""
    when = datetime.now(UTC) - timedelta(minutes=minutes)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def student(who: str, **fields: Any) -> dict[str, Any]:
    """Make the `data` of a student who practises, with other fields where the test wants them."""
    return {
        "student_email": f"{who}@example.com",
        "student_name": who.title(),
        "status": "studying",
        "current_sentence": "Hello, how are you today?",
        "progress": 40,
        "session_id": "s",
        "online": True,
        "version": 1,
        "last_update": ago(0),
        "status_since": ago(1),
        "progress_since": ago(0),
        "came_at": ago(2),
        "help": None,
        "group": "",
        "last_feedback": None,
        **fields,
    }


class StagedClass:
    """Answers a dashboard's socket: with a snapshot of `students`, then whatever is sent."""

    def __init__(self, *students: dict[str, Any]) -> None:
        self.students = {each["student_email"]: each for each in students}
        self.received: list[dict[str, Any]] = []
        self.answers = True
        self._socket: WebSocketRoute | None = None

    async def open(self, windows: Windows, who: str, lang: str = "en") -> Page:
        """Sign tutor `who` in to this class; the page is live on return."""
        page = await windows.open(lang, DESKTOP)
        await page.context.route_web_socket("**/ws/**", self._serve)
        await windows.sign_in_on(page, who, windows.server.url)
        return page

    def update(self, who: str, **fields: Any) -> None:
        """Have a student change."""
        known = self.students[f"{who}@example.com"]
        known |= {**fields, "version": known["version"] + 1, "last_update": ago(0)}
        self.send("dashboard", action="update", data=known)

    def send(self, kind: str, **fields: Any) -> None:
        """Send one frame."""
        assert self._socket
        self._socket.send(json.dumps({"type": kind, "timestamp": ago(0), **fields}))

    async def cut(self) -> None:
        """End the connection; new ones are opened and never answered, until `answers` is true."""
        assert self._socket
        self.answers = False
        await self._socket.close(code=1012)

    def welcome(self) -> None:
        """Let the dashboard in, with a snapshot."""
        self.send("connection_success", connection_id="staged", heartbeat_seconds=25)
        data = {"students": list(self.students.values()), "generated_at": ago(0)}
        self.send("dashboard", action="broadcast_all", data=data)

    def _serve(self, socket: WebSocketRoute) -> None:
        self._socket = socket
        socket.on_message(self._take)
        if self.answers:
            self.welcome()

    def _take(self, text: str | bytes) -> None:
        message = json.loads(text)
        self.received.append(message)
        if message["type"] == "ping":
            self.send("pong")
