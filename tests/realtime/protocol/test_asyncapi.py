"""The description of the socket, against the types and against AsyncAPI 3's required parts."""

from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from realtime.protocol import asyncapi, client_messages, server_messages
from realtime.protocol.codes import CloseCode, ErrorCode
from realtime.protocol.examples import EXAMPLES

DOCUMENT = asyncapi.document("localhost", {"user_sockets": 10})


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from [node["$ref"]] if "$ref" in node else []
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)


def resolve(reference: str) -> Any:
    node: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_it_has_what_asyncapi_3_requires() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    assert all({"host", "protocol"} <= server.keys() for server in DOCUMENT["servers"].values())
    assert [channel["address"] for channel in DOCUMENT["channels"].values()] == ["/ws/"]
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert operation["channel"]["$ref"] in ("#/channels/socket",)


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))
    assert found
    assert all(resolve(reference) for reference in found)


def test_operations_use_messages_of_their_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        for message in operation["messages"]:
            assert message["$ref"].startswith("#/channels/socket/messages/")


def test_it_describes_every_message_there_is() -> None:
    clients = set(client_messages.ClientMessage.__subclasses__())
    servers = set(get_args(server_messages.ServerMessage))
    assert {m for messages in asyncapi.FROM.values() for m in messages} == clients
    assert {m for messages in asyncapi.TO.values() for m in messages} == servers


def test_it_names_every_code() -> None:
    assert {c["code"] for c in DOCUMENT["x-close-codes"]} == {int(code) for code in CloseCode}
    assert {c["code"] for c in DOCUMENT["x-error-codes"]} == {str(code) for code in ErrorCode}
    assert all(c["when"] for c in DOCUMENT["x-close-codes"])
    come_back = {c["code"] for c in DOCUMENT["x-close-codes"] if c["reconnect"]}
    assert come_back == {1012, 4005, 4008, 4009, 4010, 4011, 4013, 4015}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_every_example_is_valid(example: msgspec.Struct) -> None:
    described = {"$ref": f"#/components/schemas/{type(example).__name__}", **DOCUMENT}
    Draft202012Validator(described).validate(msgspec.to_builtins(example))
    if isinstance(example, client_messages.ClientMessage):
        assert msgspec.json.decode(msgspec.json.encode(example), type=type(example)) == example


@pytest.mark.parametrize("path", ["/api/asyncapi.json", "/api/asyncapi.json/"])
def test_it_is_served(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json()["servers"]["speaktracker"]["host"] == "testserver"
    assert answer.json()["x-limits"]["client_message_bytes"] == 5_120
