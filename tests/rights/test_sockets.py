"""Every message over the socket by everybody who may come, through every door."""

import json
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.rights.callers import CALLERS, Caller, callers
from tests.rights.commands import known_messages, message_of, said_to
from tests.rights.conftest import Watcher
from tests.rights.doors import WAYS, Door
from tests.rights.knowledge import strangers_in
from tests.rights.site import RightsSite
from tests.rights.tables import SHARES, Table, Verdict, placed, read

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rights")]
TABLE = read("sockets")
DOORS = read("doors")
REFUSALS = {"4401": "INVALID_CREDENTIALS", "4403": "FORBIDDEN", "4404": "TUTOR_NOT_FOUND"}


def test_every_message_has_its_place() -> None:
    plain = {row.partition(" #")[0] for row in TABLE.rows if not row.endswith("#unknown")}
    placed(Table(TABLE.columns, {row: {} for row in plain}), known_messages(), "messages")


@SHARES
@pytest.mark.parametrize("name", CALLERS.rows)
async def test_each_message_is_answered(
    rights: RightsSite, watchers: dict[str, Watcher], name: str, share: str
) -> None:
    caller = callers(rights)[name]
    turn = list(CALLERS.rows).index(name) % len(rights.ports)
    for port in rights.ports if share == "all" else [rights.ports[turn]]:
        door = _door_of(rights, caller, port)
        await _speaks(rights, name, door, caller.column("sockets"), port)


@pytest.mark.parametrize("name", DOORS.rows)
async def test_each_door_leads_where_it_should(
    rights: RightsSite, watchers: dict[str, Watcher], name: str
) -> None:
    first, second = rights.ports
    door = WAYS[name](rights, first)
    await _speaks(rights, name, door, DOORS.cell(name, "sockets"), second)


def _door_of(site: RightsSite, caller: Caller, port: int) -> Door:
    headers = dict(caller.headers)
    if caller.session is not None:
        headers["Cookie"] = f"sessionid={caller.session}"
    origin = caller.origin_at(port) if caller.session is not None else None
    return Door(caller.person(site) or "student", headers=headers, origin=origin)


async def _speaks(site: RightsSite, name: str, door: Door, column: str, port: int) -> None:
    verdict = Verdict(f"{name} at {port}")
    refused = column in REFUSALS
    heard: list[str] = []
    if refused:
        await _is_refused(site, door, column, port, verdict)
    else:
        socket = await _opened(site, door, port)
        for row in TABLE.rows:
            if socket.close_code is not None:  # closed by what was said last
                socket = await _opened(site, _again(site, door), port)
            expected = TABLE.cell(row, column)
            message = message_of(site, row, door.person, expected == "gave")
            seen = await said_to(socket, message, heard)
            gave = expected == "gave" and seen in ("ack", "RECIPIENT_OFFLINE")
            verdict.expect(row, expected, "gave" if gave else seen)
            if seen in REFUSALS:
                await socket.wait_closed()
        await socket.close()
        verdict.expect("shows", "nobody else", strangers_in(site, door.person, "\n".join(heard)))
    verdict.settle()


def _again(site: RightsSite, door: Door) -> Door:
    token = site.people[door.person]["access"]
    return Door(door.person, headers={"Authorization": f"Bearer {token}"})


async def _opened(site: RightsSite, door: Door, port: int) -> Any:
    return await site.opens(port, door.query, door.headers, door.subprotocols, door.origin)


async def _is_refused(site: RightsSite, door: Door, code: str, port: int, verdict: Verdict) -> None:
    socket = await _opened(site, door, port)
    frames = []
    with suppress(ConnectionClosed):
        for row in TABLE.rows:
            message = message_of(site, row, door.person, may=False)
            await socket.send(json.dumps(message))
    with suppress(ConnectionClosed):  # what was said before the close is there to read
        while True:
            frames.append(json.loads(await socket.recv()))
    verdict.expect("close", code, str(socket.close_code))
    told = [(frame["type"], frame.get("code")) for frame in frames]
    verdict.expect("frames", str([("connection_error", REFUSALS[code])]), str(told))
    for frame in frames:
        strangers = strangers_in(site, None, json.dumps(frame))
        verdict.expect("shows", "nobody else", strangers)
