"""python-socketio with its Redis manager, under uvicorn; key in BENCH_KEY."""

import json
import os
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import jwt
import socketio

KEY = os.environ["BENCH_KEY"]
STATUSES = ("studying", "idle", "paused", "finished")
manager = socketio.AsyncRedisManager(f"redis://127.0.0.1:{os.environ['BENCH_REDIS_PORT']}/0")
server = socketio.AsyncServer(
    async_mode="asgi",
    client_manager=manager,
    transports=["websocket"],
    http_compression=False,
    # Or each event would be a task of its own, and a student's statuses would overtake each other.
    async_handlers=False,
)
people: dict[str, dict[str, Any]] = {}


def wire() -> str:
    """Write the time as the contract does."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@server.event
async def connect(sid: str, _environ: dict[str, Any], auth: dict[str, str]) -> None:
    """Verify, join the own room, say so."""
    try:
        me = jwt.decode(auth["token"], KEY, algorithms=["HS256"])
    except (KeyError, jwt.InvalidTokenError):
        raise socketio.exceptions.ConnectionRefusedError("INVALID_CREDENTIALS") from None
    people[sid] = me
    await server.enter_room(sid, me["email"])
    await server.emit(
        "connection_success", {"user_email": me["email"], "timestamp": wire()}, room=sid
    )


@server.event
async def disconnect(sid: str, *_: Any) -> None:
    """Forget who it was."""
    people.pop(sid, None)


@server.event
async def status(sid: str, content: dict[str, Any]) -> None:
    """Check a status and send it to the tutor's dashboards."""
    me = people[sid]
    if content.get("status") not in STATUSES:
        await server.emit("message_error", {"code": "INVALID_MESSAGE"}, room=sid)
        return
    data = {
        "student_email": me["email"],
        "status": content["status"],
        "current_sentence": content["current_sentence"],
        "progress": content["progress"],
        "last_update": wire(),
        "student_name": me["name"],
        "session_id": content["session_id"],
        "online": True,
        "version": time.time_ns() // 1000,
    }
    frame = {
        "type": "dashboard",
        "action": "update",
        "target_tutor_email": me["tutor"],
        "data": data,
    }
    await server.emit("dashboard", frame, room=me["tutor"])


async def give_feedback(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Push one feedback to the student (nothing is stored)."""
    if scope["type"] != "http":
        return
    me = jwt.decode(
        dict(scope["headers"])[b"authorization"].decode().partition(" ")[2],
        KEY,
        algorithms=["HS256"],
    )
    given = json.loads((await receive())["body"])
    frame = {
        "type": "feedback",
        "from": me["email"],
        **given,
        "timestamp": wire(),
        "message_id": str(uuid.uuid4()),
    }
    await server.emit("feedback", frame, room=given["student_email"])
    body = json.dumps(frame).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": body})


application = socketio.ASGIApp(server, give_feedback)
