"""What may be said over a socket, found out from the command tables, and what came of it."""

import asyncio
import json
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import uuid4

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from realtime.socket_commands.command_table import TABLES
from tests.rights.site import RightsSite

Message = dict[str, Any]
SECONDS = 20
TO = {
    "#to the student": "student",
    "#to the other's": "other-student",
    "#to nobody's": "lone-student",
    "#to no one": "no-one",
    "#from another": "student",
}


def known_messages() -> set[str]:
    """List `type`, or `type action`, of all that any role may send."""
    found = set()
    for table in TABLES.values():
        for name, command in table.commands.items():
            action = get_type_hints(command.decoder.type).get("action")
            named = get_args(action) if get_origin(action) is Literal else ()
            found |= {f"{name} {word}" for word in named} or {name}
    return found


def message_of(site: RightsSite, row: str, person: str, may: bool) -> Message:
    """Write the message of a row of the table, sent by `person`."""
    named, _, variant = row.partition(" #")
    variant = f"#{variant}"
    kind, _, action = named.partition(" ")
    message: Message = {"type": kind, "message_id": uuid4().hex}
    if action:
        message["action"] = action
    fields = {
        "connection connect": lambda: _hello(site, person, variant),
        "connection refresh": lambda: {"token": _token(site, person, variant)},
        "status": lambda: _status(site, person, variant),
        "dashboard help_seen": lambda: {"student_email": site.email(TO[variant])},
        "feedback": lambda: _feedback(site, person, variant, may),
        "feedback_ack": lambda: _acknowledgement(site, variant),
    }.get(named)
    return message | (fields() if fields else {})


def _another(person: str) -> str:
    return "other-student" if person != "other-student" else "student"


def _role(person: str) -> str:
    return "tutor" if "tutor" in person else "student"


def _hello(site: RightsSite, person: str, variant: str) -> Message:
    role = _role(person)
    if variant == "#as the other role":
        role = "student" if role == "tutor" else "tutor"
    address = _another(person) if variant == "#as another" else person
    return {"user_email": site.email(address), "user_type": role}


def _token(site: RightsSite, person: str, variant: str) -> str:
    if variant == "#with garbage":
        return "not-a-token"
    if variant == "#with a refresh token":
        return site.forged["refresh use"]
    another = "other-tutor" if person != "other-tutor" else "tutor"
    who = another if variant == "#with another's token" else person
    token: str = site.people[who]["access"]
    return token


def _status(site: RightsSite, person: str, variant: str) -> Message:
    who = _another(person) if variant == "#of another" else person
    return {"status": "studying", "session_id": "s1", "user_email": site.email(who)}


def _feedback(site: RightsSite, person: str, variant: str, may: bool) -> Message:
    sender = {"from": site.email("other-tutor")} if variant == "#from another" else {}
    if variant == "#from another" and person == "other-tutor":
        sender = {"from": site.email("tutor")}
    return sender | {
        "student_email": site.email(TO[variant]),
        "session_id": "s1",
        "message": "may" if may else "must not",
        "message_type": "text",
    }


def _acknowledgement(site: RightsSite, variant: str) -> Message:
    known = "SELECT message_id::text FROM feedback_feedback f JOIN roster_user u"
    known += f" ON u.id = f.student_id WHERE u.email = '{site.email('second-student')}'"
    of_another = site.database.rows(known)[0][0]
    named = of_another if variant == "#of another's" else str(uuid4())
    return {"message_id": named, "state": "played"}


async def said_to(socket: ClientConnection, message: Message, heard: list[str]) -> str:
    """Send a message and name its answer: "ack", the code of its error, or of the close."""
    try:
        await socket.send(json.dumps(message))
        async with asyncio.timeout(SECONDS):
            while True:
                heard.append(str(await socket.recv()))
                frame = json.loads(heard[-1])
                if frame["type"] == "ack" and frame["message_id"] == message["message_id"]:
                    return "ack"
                named = frame.get("original_message_id") == message["message_id"]
                if frame["type"] == "message_error" and named:
                    return str(frame["code"])
    except ConnectionClosed:
        return str(socket.close_code)
    except TimeoutError:
        return "nothing"
