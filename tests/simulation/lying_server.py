"""A small server on 127.0.0.1 that greets, acknowledges, and shows dashboards what a test wants."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import jwt
from websockets.asyncio.server import Server, ServerConnection, serve

TUTOR = "tutor1@example.com"
# Given all frames there are for the dashboard so far, answers those to send now.
Lie = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


class LyingServer:
    """One tutor's server; `lie` decides what the dashboard is told."""

    def __init__(self, lie: Lie) -> None:
        self._lie = lie
        self._frames: list[dict[str, Any]] = []
        self._dashboard: ServerConnection | None = None
        self._server: Server
        self.close_students_with: int | None = None
        self.handshakes = 0

    async def __aenter__(self) -> "LyingServer":
        self._server = await serve(self._visit, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _visit(self, socket: ServerConnection) -> None:
        self.handshakes += 1
        assert socket.request
        token = socket.request.headers["Authorization"].removeprefix("Bearer ")
        email = jwt.decode(token, options={"verify_signature": False})["email"]
        await _send(socket, type="connection_success", tutor_email=TUTOR)
        if email == TUTOR:
            self._dashboard = socket
            await _send(socket, type="dashboard", action="broadcast_all", data={"students": []})
            await socket.wait_closed()
        else:
            await self._listen(socket, email)

    async def _listen(self, socket: ServerConnection, email: str) -> None:
        await self._show("student_joined", email, {"status": "idle", "session_id": None})
        async for text in socket:
            message = json.loads(text)
            if message["type"] != "status":
                continue
            if self.close_students_with:
                code, self.close_students_with = self.close_students_with, None
                await socket.close(code)
                return
            await _send(socket, type="ack", message_id=message["message_id"])
            await self._show("update", email, message)

    async def _show(self, action: str, email: str, message: dict[str, Any]) -> None:
        fields = ("status", "session_id", "current_sentence", "progress")
        data = {name: message[name] for name in fields if name in message}
        data |= {"student_email": email, "online": True, "version": len(self._frames) + 1}
        self._frames.append({"type": "dashboard", "action": action, "data": data})
        assert self._dashboard
        for frame in self._lie(self._frames):
            await _send(self._dashboard, **frame)


async def _send(socket: ServerConnection, **message: Any) -> None:
    await asyncio.wait_for(socket.send(json.dumps(message)), 30)
