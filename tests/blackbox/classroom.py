"""A running server with people on it, and one test's view of it."""

import itertools
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from websockets.typing import Origin, Subprotocol

from tests.blackbox.sockets import Socket
from tests.patient_clients import connect, http_client
from tests.server_process import CHEAP_PASSWORDS, ServerProcess

TUTORS = 240
PASSWORD = "demo-password"
ADMIN = "admin@example.com"
# Two students for each tutor: student N and student N + TUTORS belong to tutor N.
_SEED = f"""
import datetime, io, json
from django.conf import settings
from django.core.management import call_command
call_command("seed_demo", tutors={TUTORS}, students={2 * TUTORS}, stdout=io.StringIO())
settings.ACCESS_TOKEN_LIFETIME = datetime.timedelta(days=1)  # as long as a run may take
def token(email):
    out = io.StringIO()
    call_command("issue_token", email, stdout=out)
    return out.getvalue().splitlines()[-1]
people = [f"tutor{{n}}@example.com" for n in range(1, {TUTORS} + 1)]
people += [f"student{{n}}@example.com" for n in range(1, 2 * {TUTORS} + 1)]
print(json.dumps({{email: token(email) for email in [*people, "{ADMIN}"]}}))
"""


def seed(folder: Path) -> None:
    """Make a database with people, and a file with an access token of each."""
    folder.mkdir()
    server = ServerProcess(folder, CHEAP_PASSWORDS)
    server.migrate()
    said = server.manage("shell", "-c", _SEED)
    (folder / "tokens.json").write_text(said.splitlines()[-1])


@dataclass(frozen=True)
class Pair:
    """A tutor and their two students, whom no other test knows."""

    tutor: str
    student: str
    second: str


class Site:
    """A server on a copy of the seeded database."""

    def __init__(self, seeded: Path, folder: Path, environment: Mapping[str, str]) -> None:
        for file in seeded.glob("db.sqlite3*"):
            shutil.copy(file, folder)
        self.tokens: dict[str, str] = json.loads((seeded / "tokens.json").read_text())
        self.server = ServerProcess(folder, {**CHEAP_PASSWORDS, **environment})
        self._numbers = itertools.count(1)

    def pair(self) -> Pair:
        """Pick people nobody has picked before."""
        number = next(self._numbers)
        return Pair(*(f"{who}@example.com" for who in _names(number)))

    def shell(self, code: str) -> str:
        """Run `code` in `manage.py shell`, another process; answer the last line it printed."""
        return self.server.manage("shell", "-c", code).strip().rpartition("\n")[2]


def _names(number: int) -> tuple[str, str, str]:
    return f"tutor{number}", f"student{number}", f"student{number + TUTORS}"


class Classroom:
    """One test's clients of a site; `close` ends them all."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.server = site.server
        self._sockets: list[Socket] = []
        self._clients: list[httpx.AsyncClient] = []

    async def opens(
        self,
        path: str = "/ws/",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] | None = None,
        origin: str | None = None,
    ) -> Socket:
        """Open a socket with nothing but what is given."""
        address = f"ws://127.0.0.1:{self.server.port}{path}"
        if query:
            address += f"?{urlencode(query)}"
        connection = await connect(
            address,
            additional_headers=headers,
            subprotocols=[Subprotocol(name) for name in subprotocols] if subprotocols else None,
            origin=Origin(origin) if origin else None,
            compression=None,
            close_timeout=40,
            max_queue=None,  # or a socket that a test does not read would answer no ping
        )
        socket = Socket(connection)
        self._sockets.append(socket)
        return socket

    async def knocks(self, email: str, **options: Any) -> Socket:
        """Open a socket with the token of `email` in its header."""
        given = options.pop("headers", {})
        return await self.opens(headers={**self.bearer(email), **given}, **options)

    async def enters(self, email: str, **query: str) -> Socket:
        """Open a socket for `email` and hear that it stands; a tutor hears the snapshot, too."""
        socket = await self.knocks(email, query=query)
        success = await socket.hears("connection_success", user_email=email)
        if success["user_type"] == "tutor":
            await socket.hears("dashboard", action="broadcast_all")
        return socket

    def http(self, email: str | None = None, **headers: str) -> httpx.AsyncClient:
        """Make an HTTP client, with the token of `email` if given."""
        known = self.bearer(email) if email else {}
        client = http_client(
            base_url=self.server.url,
            headers={**known, **headers},
        )
        self._clients.append(client)
        return client

    def bearer(self, email: str) -> dict[str, str]:
        """Return the header that says who calls."""
        return {"Authorization": f"Bearer {self.site.tokens[email]}"}

    async def gives(self, pair: Pair, message: str, **fields: Any) -> httpx.Response:
        """Give the pair's student feedback over REST."""
        body = {
            "student_email": pair.student,
            "session_id": "s1",
            "message": message,
            "message_type": "text",
        }
        return await self.http(pair.tutor).post("/api/tutor/feedback", json={**body, **fields})

    async def close(self) -> None:
        """End every client."""
        for socket in self._sockets:
            await socket.close()
        for client in self._clients:
            await client.aclose()
