"""One of each kind of credential of a person, and sockets that stand on them at every process."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.rights.callers import Caller
from tests.rights.doors import bearer
from tests.rights.site import Calls, RightsSite

LIVES = "lives"
Key = tuple[str, int]


@dataclass
class CredentialsKit:
    """What a person holds; sockets and tickets by what they stand on, and their process."""

    site: RightsSite
    ports: list[int]
    person_id: int
    password: str
    access: str
    refresh: str
    pool: str
    session: str
    spare: str
    tickets: dict[Key, str] = field(default_factory=dict)
    sockets: dict[Key, ClientConnection] = field(default_factory=dict)

    def headers(self, by: str, port: int) -> dict[str, str]:
        """Make the headers of a call by "token", "pool" or "session"."""
        if by in ("token", "pool"):
            return bearer(self.access if by == "token" else self.pool)
        return Caller("session", session=self.session).http(self.site, port)

    async def left_of(self, kind: str, port: int, calls: Calls, until: float) -> str:
        """Say what is left of a credential at a process, once it is over or `until` has come."""
        what, _, by = kind.partition(":")
        if what == "socket":
            return await state_of(self.sockets[by, port], until)
        if what == "ticket":
            socket = await self.site.opens(port, {"ticket": self.tickets[by, port]})
            return await verdict_of(socket)
        if what == "refresh":
            return await self._refreshed(calls, port)
        headers = self.headers(what, port)
        answer = await calls("GET", "/api/tutor/students", port=port, headers=headers)
        return LIVES if answer.is_success else str(answer.status_code)

    async def _refreshed(self, calls: Calls, port: int) -> str:
        body = {"refresh": self.refresh}
        answer = await calls("POST", "/api/auth/token/refresh", port=port, json=body)
        if answer.is_success:
            said = answer.json()
            self.site.secrets.add_all("a refreshed token", said)
            self.refresh = said.get("refresh", self.refresh)
        return LIVES if answer.is_success else str(answer.status_code)

    async def close(self) -> None:
        """Leave every socket."""
        await asyncio.gather(*(socket.close() for socket in self.sockets.values()))


async def kit_of(site: RightsSite, calls: Calls, ports: list[int], person: str) -> CredentialsKit:
    """Sign a person in by every way, and open a socket with each at each of the processes."""
    known = site.people[person]
    words = {"email": site.email(person), "password": known["password"]}
    answer = await calls("POST", "/api/auth/token", port=ports[0], json=words)
    said = answer.raise_for_status().json()
    site.secrets.add_all("signing in", said)
    kit = CredentialsKit(
        site,
        ports,
        known["id"],
        known["password"],
        said["access"],
        said["refresh"],
        site.pool_token(person),
        known["session"],
        known["spare"][0],
    )
    for port, other in zip(ports, reversed(ports), strict=True):
        kit.sockets["pool", port] = await _by(site, kit, "pool", port)
        for by in ("token", "session"):
            kit.sockets[by, port] = await _by(site, kit, by, port)
            ticket = await _ticket(site, calls, kit, by, other)
            kit.sockets[f"ticket:{by}", port] = await site.opens(port, {"ticket": ticket})
            kit.tickets[by, port] = await _ticket(site, calls, kit, by, other)
    kit.sockets |= {("ticket", port): kit.sockets.pop(("ticket:token", port)) for port in ports}
    for socket in kit.sockets.values():
        assert json.loads(await socket.recv())["type"] == "connection_success"
    return kit


async def _by(site: RightsSite, kit: CredentialsKit, by: str, port: int) -> ClientConnection:
    headers = kit.headers(by, port)
    origin = headers.pop("Origin", None)
    return await site.opens(port, headers=headers, origin=origin)


async def _ticket(site: RightsSite, calls: Calls, kit: CredentialsKit, by: str, port: int) -> str:
    address = "/api/realtime/ticket"
    answer = await calls("POST", address, port=port, headers=kit.headers(by, port))
    return site.secrets.add("a ticket", answer.raise_for_status().json()["ticket"])


async def verdict_of(socket: ClientConnection) -> str:
    """Return the code a new socket is closed with, or that it lives: it is greeted."""
    async with asyncio.timeout(20):
        greeted = json.loads(await socket.recv())["type"] == "connection_success"
        await (socket.close() if greeted else socket.wait_closed())
    return LIVES if greeted else str(socket.close_code)


async def state_of(socket: ClientConnection, until: float) -> str:
    """Return the code a socket is closed with by then, or that it lives: it answers a ping."""
    now = asyncio.get_running_loop().time()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(socket.wait_closed(), max(0.1, until - now))
        return str(socket.close_code)
    try:
        await socket.send(json.dumps({"type": "ping"}))
        async with asyncio.timeout(30):
            while json.loads(await socket.recv())["type"] != "pong":
                pass
    except ConnectionClosed:
        return f"{socket.close_code}, late"
    return LIVES
