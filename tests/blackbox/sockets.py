"""A plain WebSocket client; every frame it hears is held against the contract."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.blackbox.contract import Message, checked

DEADLINE_SECONDS = 40


class Socket:
    """One open socket and what it has heard so far, in `heard`."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.heard: list[Message] = []

    async def send(self, **message: Any) -> None:
        """Send a message; `from_` becomes `from`."""
        if "from_" in message:
            message["from"] = message.pop("from_")
        await self.connection.send(json.dumps(message, ensure_ascii=False))

    async def next(self) -> Message:
        """Hear the next frame."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            message = checked(await self.connection.recv())
        self.heard.append(message)
        return message

    async def hears(self, kind: str, **fields: Any) -> Message:
        """Hear frames until one is of type `kind` with these `fields`; in `data`, too."""
        return await self.hears_that(lambda message: _fits(message, kind, fields), kind, fields)

    async def hears_that(self, fits: Callable[[Message], bool], *sought: Any) -> Message:
        """Hear frames until one `fits`."""
        start = len(self.heard)
        try:
            while not fits(message := await self.next()):
                pass
        except TimeoutError:
            raise AssertionError(f"{sought} did not come; {self.heard[start:]} did") from None
        except ConnectionClosed as closed:
            raise AssertionError(f"{sought}: closed; {self.heard[start:]}") from closed
        return message

    async def is_shown(self, student: str, **fields: Any) -> Message:
        """Hear the state of `student` until it has `fields`: by an update, or a later snapshot."""
        found: list[Message] = []

        def shows(message: Message) -> bool:
            states = message["data"].get("students", [message["data"]]) if "data" in message else []
            found[:] = [s for s in states if s.get("student_email") == student and _has(s, fields)]
            return message.get("action") in ("update", "broadcast_all") and bool(found)

        await self.hears_that(shows, student, fields)
        return found[0]

    async def ask(self, kind: str, **message: Any) -> Message:
        """Send a message with an id and hear the `ack` or the error that names it."""
        sent = message.pop("message_id", uuid4().hex)
        await self.send(type=kind, message_id=sent, **message)
        return await self.hears_that(
            lambda answer: (
                answer["type"] in ("ack", "message_error")
                and sent in (answer.get("message_id"), answer.get("original_message_id"))
            ),
            sent,
        )

    async def refused(self, kind: str, **message: Any) -> Message:
        """Send a message and hear its error."""
        answer = await self.ask(kind, **message)
        assert answer["type"] == "message_error", answer
        return answer

    async def reports(self, status: str, **fields: Any) -> None:
        """Report a student's status and hear it taken."""
        answer = await self.ask("status", **{"status": status, "session_id": "s1", **fields})
        assert answer["type"] == "ack", answer

    async def hears_meanwhile(self) -> list[Message]:
        """Hear what is on its way: everything before the answer to a ping."""
        start = len(self.heard)
        assert (await self.ask("ping"))["type"] == "ack"
        return [m for m in self.heard[start:] if m["type"] not in ("pong", "ack")]

    async def is_closed_with(self) -> int:
        """Wait until the server closes; answer its code."""
        try:
            while True:
                await self.next()
        except ConnectionClosed:
            code = self.connection.close_code
        assert code is not None
        return code

    async def close(self) -> None:
        """Close the socket, as a closed tab does."""
        await self.connection.close()

    def edges(self, student: str) -> list[str]:
        """List the joins and leaves of `student` that were heard."""
        return [
            message["action"]
            for message in self.heard
            if message["type"] == "dashboard"
            and message["action"] in ("student_joined", "student_left")
            and message["data"]["student_email"] == student
        ]

    def feedback(self) -> list[str]:
        """List the texts of all feedback that was heard."""
        return [message["message"] for message in self.heard if message["type"] == "feedback"]


def _fits(message: Message, kind: str, fields: dict[str, Any]) -> bool:
    said = {**message.get("data", {}), **message} if kind == "dashboard" else message
    return message["type"] == kind and _has(said, fields)


def _has(message: Message, fields: dict[str, Any]) -> bool:
    return all(message.get(name) == value for name, value in fields.items())
