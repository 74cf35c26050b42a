"""The AsyncAPI 3 document of the socket, made from the types that check it. No Django here."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from realtime.protocol import client_messages as client
from realtime.protocol import server_messages as server
from realtime.protocol.codes import CloseCode, ErrorCode
from realtime.protocol.error_texts import text_of
from realtime.protocol.examples import EXAMPLES
from realtime.protocol.field_types import SUBPROTOCOL, Role

Json = dict[str, Any]
Messages = tuple[type[Struct], ...]

_BOTH = (
    server.ConnectionSuccess,
    server.ConnectionError,
    server.MessageError,
    server.Timeout,
    server.TokenExpired,
    server.Ack,
    server.Pong,
)
FROM: Mapping[Role, Messages] = {
    "student": (
        client.ConnectionMessage,
        client.StatusMessage,
        client.HelpMessage,
        client.FeedbackAck,
        client.Ping,
    ),
    "tutor": (
        client.ConnectionMessage,
        client.DashboardMessage,
        client.FeedbackMessage,
        client.Ping,
    ),
}
TO: Mapping[Role, Messages] = {
    "student": (*_BOTH, server.HelpFrame, server.FeedbackFrame),
    "tutor": (
        *_BOTH,
        server.StudentFrame,
        server.StudentsFrame,
        server.FeedbackStatus,
    ),
}
# In the order of the document, each once.
ALL: Messages = tuple(
    dict.fromkeys((*FROM["student"], *FROM["tutor"], *TO["student"], *TO["tutor"]))
)

_SCHEMAS = "#/components/schemas/{name}"
_QUERY = {
    "ticket": "A one-time ticket of POST /api/realtime/ticket.",
    "token": "An access token, for clients that can send it in no other way.",
    "user_email": "Must be the address of the verified identity, when given.",
    "user_type": "student or tutor; must be the type of the verified identity, when given.",
    "lang": "ko or en: the language of messages, before Accept-Language.",
    "batch": "1: several waiting changes may come as one frame with the action `updates`.",
    "client": "Name and version of the program, such as my-app/1.0, for the operators' log.",
    "acks": "1: this client confirms feedback with `feedback_ack`.",
}
_HEADERS = {
    "Authorization": "Bearer and an access token.",
    "X-User-Email": "As the query parameter user_email.",
    "X-User-Type": "As the query parameter user_type.",
    "Sec-WebSocket-Protocol": f"{SUBPROTOCOL}, bearer.<access token>",
}


def document(host: str, limits: Mapping[str, float]) -> Json:
    """Describe the socket of the server at `host` and its `limits` by name."""
    _refs, schemas = msgspec.json.schema_components(ALL, ref_template=_SCHEMAS)
    # Ready-made JSON has no schema of its own, and is the same on the wire.
    schemas["StudentsData"]["properties"]["students"]["items"] = _schema(server.StudentData)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "SpeakTracker realtime",
            "version": "1.0.0",
            "description": "One socket for students and tutors. Times are ISO 8601, UTC, with "
            "milliseconds and Z. A field that a message's type does not know is refused.",
        },
        "defaultContentType": "application/json",
        "servers": {"speaktracker": {"host": host, "protocol": "ws"}},
        "channels": {"socket": channel()},
        "operations": operations(),
        "components": {"schemas": schemas, "messages": {_key(t): _message(t) for t in ALL}},
        "x-subprotocol": SUBPROTOCOL,
        "x-limits": dict(limits),
        "x-error-codes": [
            {"code": code.value, "ko": text_of(code, "ko"), "en": text_of(code, "en")}
            for code in ErrorCode
        ],
        "x-close-codes": [
            {
                "code": code.value,
                "name": code.name,
                "reconnect": code.comes_back,
                "when": code.when,
            }
            for code in CloseCode
        ],
    }


def channel() -> Json:
    """Describe the one channel: its address, its query and its headers."""
    return {
        "address": "/ws/",
        "title": "The socket of both roles",
        "description": "Answers with and without the trailing slash.",
        "messages": {_key(t): {"$ref": f"#/components/messages/{_key(t)}"} for t in ALL},
        "bindings": {
            "ws": {
                "method": "GET",
                "query": _strings(_QUERY),
                "headers": _strings(_HEADERS),
                "bindingVersion": "0.1.0",
            }
        },
    }


def operations() -> Json:
    """Describe what each role may send and is sent; the server receives what a client sends."""
    operations = {}
    for role in FROM:
        operations[f"receive_from_{role}"] = _operation("receive", role, FROM[role])
        operations[f"send_to_{role}"] = _operation("send", role, TO[role])
    return operations


def _operation(action: str, role: Role, types: Sequence[type[Struct]]) -> Json:
    who = f"a {role} may send" if action == "receive" else f"a {role} is sent"
    return {
        "action": action,
        "channel": {"$ref": "#/channels/socket"},
        "title": f"What {who}",
        "tags": [{"name": role}],
        "messages": [{"$ref": f"#/channels/socket/messages/{_key(t)}"} for t in types],
    }


def _message(message: type[Struct]) -> Json:
    examples = [msgspec.to_builtins(e) for e in EXAMPLES if type(e) is message]
    return {
        "name": examples[0]["type"],
        "title": message.__name__,
        "summary": (message.__doc__ or "").splitlines()[0],
        "payload": _schema(message),
        "examples": [{"name": _key(message), "payload": example} for example in examples],
    }


def _schema(struct: type[Struct]) -> Json:
    return {"$ref": _SCHEMAS.format(name=struct.__name__)}


def _strings(texts: Mapping[str, str]) -> Json:
    properties = {name: {"type": "string", "description": text} for name, text in texts.items()}
    return {"type": "object", "properties": properties}


def _key(message: type[Struct]) -> str:
    """Write StatusMessage as status_message."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", message.__name__).lower()
