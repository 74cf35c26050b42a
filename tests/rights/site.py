"""Two processes on PostgreSQL and Valkey with people of every kind, and what all of it says."""

import asyncio
import io
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

import httpx
import psycopg
import redis
from websockets.asyncio.client import ClientConnection
from websockets.typing import Origin, Subprotocol

from tests.cluster.cluster import Cluster
from tests.cluster.databases import PostgreSQL
from tests.cluster.waiting import eventually
from tests.cognito.key_server import KeyServer
from tests.passwords.mail_server import Mailboxes, MailServer
from tests.patient_clients import call, connect, http_client
from tests.rights.secrets_used import SecretsUsed
from tests.server_process import ServerProcess
from tests.valkey import Valkey

# What a run of thousands of calls needs; rights are no matter of limits.
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "tests.settings",
    "LOG_LEVEL": "INFO",
    "LOG_MESSAGES_PER_SECOND": "100000",
    "USER_SOCKETS": "1000",
    "ADDRESS_HANDSHAKES_PER_SECOND": "10000",
    "ADDRESS_HANDSHAKES_AT_ONCE": "10000",
    "STUDENT_FEEDBACK_PER_MINUTE": "100000",
    "STUDENT_FEEDBACK_PER_DAY": "100000",
    # Who has left is out of class before the next test asks.
    "REJOIN_GRACE_SECONDS": "1",
    "PUBLIC_URL": "http://speak.example.com",
}
AT_ONCE = 12


class Outside:
    """What a server has outside: people's mail, and the keys of a user pool."""

    def __init__(self) -> None:
        self.mailboxes = Mailboxes()
        self.pool = KeyServer()
        self._mail_server = MailServer(self.mailboxes)
        self._mail_server.start()

    @property
    def environment(self) -> dict[str, str]:
        """Name it all to a server."""
        pool = self.pool.config
        return {
            "EMAIL_URL": self._mail_server.url,
            "AWS_REGION": pool.region,
            "COGNITO_USER_POOL_ID": pool.pool_id,
            "COGNITO_CLIENT_ID": ",".join(pool.client_ids),
            "COGNITO_JWKS_URL": pool.jwks_url,
            "COGNITO_CHECK": "off",
        }

    def close(self) -> None:
        """Let it go."""
        self._mail_server.stop()
        self.pool.stop()


class RightsSite:
    """The cluster, its people by name, and the secrets that were used."""

    def __init__(
        self,
        folder: Path,
        database: PostgreSQL,
        valkey: Valkey,
        outside: Outside,
    ) -> None:
        self.database = database
        self.valkey = valkey
        self.mailboxes = outside.mailboxes
        self.pool = outside.pool
        self.secrets = SecretsUsed()
        own = self.environment = {**ENVIRONMENT, **outside.environment}
        environment = {**own, "DATABASE_URL": database.url, "REDIS_URL": valkey.url}
        self.shell = ServerProcess(folder, environment)
        said = self.shell.manage("shell", "-c", "from tests.rights.seed import seed; seed()")
        known = json.loads(said.splitlines()[-1])
        self.people: dict[str, Any] = known["people"]
        self.forged: dict[str, str] = known["forged"]
        self.secrets.add_all("people", self.people)
        self.secrets.add_all("forged token", self.forged)
        self.monitored = Monitor(valkey.url)
        self.cluster = Cluster(folder, database, valkey, 2, 1, **own)

    def start(self) -> None:
        """Serve."""
        self.cluster.start()

    def pool_token(self, person: str, use: str = "id", **claims: Any) -> str:
        """Sign a token of the pool for a person, as of a moment ago."""
        role = "tutors" if "tutor" in person or "ends" in person else "students"
        then = int(time.time()) - 1
        address = {"email": self.email(person), "email_verified": True} if use == "id" else {}
        said = {
            "sub": str(uuid5(NAMESPACE_URL, person)),
            "iat": then,
            "auth_time": then,
            "cognito:groups": [role],
            **address,
            **claims,
        }
        return self.secrets.add(f"a pool token of {person}", self.pool.sign(use, **said))

    def link(self, person: str) -> None:
        """Have a person come with an ID token once, so that the pool's account is theirs."""
        address = f"{self.cluster.nodes[0].server.url}/api/realtime/ticket"
        headers = {"Authorization": f"Bearer {self.pool_token(person)}"}
        call("POST", address, headers=headers).raise_for_status()

    def staff_session(self) -> str:
        """Return a session of a superuser that is used once, since some pages change its key."""
        session: str = self.people["super"]["staff_sessions"].pop()
        return session

    def sql(self, statement: str) -> None:
        """Change rows past every process of the product."""
        with psycopg.connect(self.database.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    async def settled(self) -> None:
        """Wait until nobody is in class whose socket an earlier test has ended."""
        others = (
            "SELECT u.email FROM realtime_presence p JOIN roster_user u ON u.id = p.student_id"
            " WHERE p.in_class AND u.email NOT LIKE '%connected@%'"
        )
        await eventually(lambda: self.database.rows(others), lambda left: not left, 30)

    def gives(self, tutor: str, student: str) -> str:
        """Give feedback, and return its message_id."""
        answer = call(
            "POST",
            f"{self.cluster.nodes[0].server.url}/api/tutor/feedback",
            headers={"Authorization": f"Bearer {self.people[tutor]['access']}"},
            json={
                "student_email": self.email(student),
                "session_id": "s1",
                "message": f"may, from {tutor}",
                "message_type": "text",
            },
        )
        return str(answer.raise_for_status().json()["message_id"])

    @property
    def ports(self) -> list[int]:
        """List the ports of both processes."""
        return [node.port for node in self.cluster.nodes]

    def email(self, person: str) -> str:
        """Return the address of a person by name."""
        return f"{person.replace('password-renewed', 'password-changed')}@rights.example.com"

    def names(self) -> set[str]:
        """Return everybody's name, those included who are gone."""
        return set(self.people)

    def outputs(self) -> Iterator[tuple[str, str]]:
        """Read all that was said anywhere."""
        for node in self.cluster.nodes:
            yield f"the log of {node.port}", node.server.log.read_text(errors="replace")
            metrics = call("GET", f"{node.server.url}/metrics")
            yield f"the metrics of {node.port}", metrics.text
        yield "the log of PostgreSQL", (self.database.folder / "server.log").read_text()
        yield "what Redis was asked", self.monitored.text()
        yield "what Redis keeps", _everything_in(self.valkey.url)
        for table, text in self._tables():
            yield f"the table {table}", text

    def _tables(self) -> Iterator[tuple[str, str]]:
        named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        for (table,) in self.database.rows(named):
            if table != "django_session":  # Django's own, keyed by what its cookies hold
                rows = self.database.rows(f'SELECT row_to_json(t)::text FROM "{table}" t')
                yield table, "\n".join(row[0] for row in rows)

    def close(self) -> None:
        """End both processes."""
        self.cluster.close()
        self.monitored.close()

    @asynccontextmanager
    async def calls(self, ports: list[int] | None = None) -> AsyncIterator["Calls"]:
        """Make calls of this test's own, to other processes than the site's if named."""
        limits = httpx.Limits(max_connections=2 * AT_ONCE, max_keepalive_connections=2 * AT_ONCE)
        async with http_client(limits=limits) as client:
            yield Calls(client, ports or self.ports)

    async def opens(
        self,
        port: int,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        subprotocols: list[str] | None = None,
        origin: str | None = None,
    ) -> ClientConnection:
        """Open a socket with nothing but what is given."""
        return await connect(
            f"ws://127.0.0.1:{port}/ws/?{urlencode(query or {})}",
            additional_headers=headers,
            subprotocols=[Subprotocol(name) for name in subprotocols] if subprotocols else None,
            origin=Origin(origin) if origin else None,
            compression=None,
            close_timeout=5,
            max_queue=None,
        )


class Calls:
    """HTTP calls, a few at once, alternating between the processes."""

    def __init__(self, client: httpx.AsyncClient, ports: list[int]) -> None:
        self._ports = ports
        self._client = client
        self._room = asyncio.Semaphore(AT_ONCE)
        self._count = 0

    def port(self) -> int:
        """Name the process that is next."""
        self._count += 1
        return self._ports[self._count % len(self._ports)]

    async def __call__(self, method: str, address: str, **options: Any) -> httpx.Response:
        """Call one of the processes, the next one unless `port` names it."""
        port = options.pop("port", None) or self.port()
        async with self._room:
            return await self._client.request(
                method, f"http://127.0.0.1:{port}{address}", **options
            )


class Monitor:
    """Everything that a Valkey is asked, written down as it happens."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=None)
        self._said = io.StringIO()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self._ready.wait(30)

    def _listen(self) -> None:
        try:
            with self._client.monitor() as monitor:
                self._ready.set()
                for command in monitor.listen():
                    self._said.write(f"{command['command']}\n")
        except (redis.ConnectionError, ValueError, OSError):
            return  # the Valkey has ended

    def text(self) -> str:
        """Return what was asked so far."""
        return self._said.getvalue()

    def close(self) -> None:
        """Listen no more."""
        self._client.close()


def _everything_in(url: str) -> str:
    with redis.Redis.from_url(url) as client:
        found = []
        for key in client.scan_iter(count=1000):
            kind = client.type(key)
            value = client.get(key) if kind == b"string" else client.dump(key)
            found.append(f"{key!r} {value!r}")
    return "\n".join(found)
