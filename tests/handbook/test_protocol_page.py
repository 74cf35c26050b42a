"""docs/protocol.md against the types: every message with its fields, every code, who may send."""

import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from msgspec.structs import fields

from realtime.protocol import asyncapi, client_messages, server_messages
from realtime.protocol.codes import CloseCode, ErrorCode
from tests.handbook.shell_commands import ROOT

PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
CLIENT = client_messages.ClientMessage.__subclasses__()
SERVER = get_args(server_messages.ServerMessage)
# Fields that stand in sentences for all messages, or for all of a kind, and not in each row.
OF_ALL = {"type", "message_id"}
ROLES = {"both": {"student", "tutor"}, "student": {"student"}, "tutor": {"tutor"}}


def section(title: str) -> str:
    """Read a section of the page."""
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(title: str) -> Iterator[list[str]]:
    """Read the rows of a section's tables, with their heads."""
    for line in section(title).splitlines():
        if line.startswith("|") and set(line) - set("|- "):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def tag_of(message: Any) -> str:
    """Name a message's type on the wire."""
    if not issubclass(message, client_messages.ClientMessage):
        return str(message.__struct_config__.tag)
    (tag,) = get_args(get_type_hints(message)["type"])
    return str(tag)


def sent() -> dict[str, tuple[set[str], str]]:
    """Read who may send each type, and what the page says of its fields."""
    found: dict[str, tuple[set[str], str]] = {}
    for name, who, said in rows("Send"):
        if who in ROLES:
            roles, before = found.get(name.strip("`"), (set(), ""))
            found[name.strip("`")] = (roles | ROLES[who], before + said)
    return found


def test_every_message_that_clients_send_has_its_row_and_no_other() -> None:
    assert set(sent()) == {tag_of(message) for message in CLIENT}


@pytest.mark.parametrize("message", CLIENT, ids=tag_of)
def test_a_row_names_who_sends_and_every_field(message: Any) -> None:
    roles, said = sent()[tag_of(message)]
    assert roles == {role for role, sends in asyncapi.FROM.items() if message in sends}
    if "fields of `POST /api/tutor/feedback`" not in said:
        named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", said))))
        assert not {field.encode_name for field in fields(message)} - OF_ALL - named


def test_every_message_that_the_server_sends_is_told_with_its_fields() -> None:
    spans = " ".join(re.findall(r"`([^`]+)`", re.sub(r"```\w*", "`", PAGE)))
    named = set(re.findall(r"[a-z_]+", spans))
    for message in SERVER:
        missing = {tag_of(message), *(field.encode_name for field in fields(message))} - named
        assert not missing, tag_of(message)
    for data in (server_messages.StudentData, server_messages.StudentsData):
        assert not {field.encode_name for field in fields(data)} - named, data.__name__


def test_every_close_code_stands_in_its_column_and_no_other() -> None:
    columns: list[set[int]] = [set(), set()]
    for row in rows("Closes"):
        for column, cell in zip(columns, row, strict=True):
            column |= {int(code) for code in re.findall(r"^\d{4}", cell)}
    assert columns[0] == {int(code) for code in CloseCode if code.comes_back}
    assert columns[1] == {int(code) for code in CloseCode if not code.comes_back}


def test_every_error_code_is_told() -> None:
    told = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", section("Connect") + section("Errors")))
    told |= {str(ErrorCode.IDLE_TIMEOUT)} if "`IDLE_TIMEOUT`" in section("Closes") else set()
    assert {str(code) for code in ErrorCode} <= told
    in_tables = {row[0] for title in ("Connect", "Errors") for row in rows(title)}
    codes = {code for cell in in_tables for code in re.findall(r"`([A-Z_]+)`", cell)}
    assert codes <= {str(code) for code in ErrorCode}
