"""On two processes: an identity that ends at one is dead at both."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.cluster.cluster import Cluster, Node
from tests.cluster.conftest import cluster_in
from tests.patient_clients import connect, http_client

PASSWORD = "demo-password"
# Two on a machine that does nothing else; here they only tell an end from none.
SECONDS = 20.0
pytestmark = pytest.mark.xdist_group("ended-identities")


class Device:
    """What one person holds on one node: a session, a pair of tokens, and sockets of both."""

    def __init__(self, node: Node, client: httpx.AsyncClient) -> None:
        self.url = f"http://127.0.0.1:{node.port}"
        self.client = client
        self.sockets: dict[str, ClientConnection] = {}

    async def sign_in(self, email: str) -> None:
        """Sign in on the page, and as an app does."""
        await self.client.get(f"{self.url}/login/")
        await self.post("/login/", username=email, password=PASSWORD)
        answer = await self.client.post(
            f"{self.url}/api/auth/token", json={"email": email, "password": PASSWORD}
        )
        self.pair = answer.raise_for_status().json()

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of a page."""
        form = {**fields, "csrfmiddlewaretoken": self.client.cookies["csrftoken"]}
        return await self.client.post(f"{self.url}{path}", data=form, headers={"Referer": self.url})

    async def open(self, stack: AsyncExitStack) -> None:
        """Open a socket by the token, by a ticket, and by the session."""
        bearer = {"Authorization": f"Bearer {self.pair['access']}"}
        asked = await self.client.post(f"{self.url}/api/realtime/ticket", headers=bearer)
        cookie = {"Cookie": f"sessionid={self.client.cookies['sessionid']}", "Origin": self.url}
        address = f"{self.url.replace('http', 'ws')}/ws/"
        for way, where, headers in (
            ("token", address, bearer),
            ("ticket", f"{address}?ticket={asked.json()['ticket']}", {}),
            ("session", address, cookie),
        ):
            opened = connect(where, additional_headers=headers)
            socket = self.sockets[way] = await stack.enter_async_context(opened)
            assert "connection_success" in str(await socket.recv())

    async def statuses(self) -> tuple[int, int]:
        """Call with the access token, then exchange the refresh token."""
        bearer = {"Authorization": f"Bearer {self.pair['access']}"}
        body = {"refresh": self.pair["refresh"]}
        called = await self.client.get(f"{self.url}/api/student/feedback", headers=bearer)
        refreshed = await self.client.post(f"{self.url}/api/auth/token/refresh", json=body)
        return called.status_code, refreshed.status_code


async def code_of(socket: ClientConnection, seconds: float = SECONDS) -> int | None:
    """Read until the close, which must come in time."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                await socket.recv()
    except ConnectionClosed:
        return socket.close_code
    except TimeoutError:
        return None


@pytest.fixture(scope="module")
def cluster(
    seeded: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Two nodes for all tests of this file, each of which signs a student of its own in."""
    with cluster_in(tmp_path_factory.mktemp("nodes"), seeded("postgresql")) as running:
        yield running


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def on_both(cluster: Cluster, stack: AsyncExitStack, email: str) -> list[Device]:
    """Sign a student in on each node, with sockets open."""
    devices = []
    for node in cluster.nodes:
        device = Device(node, await stack.enter_async_context(http_client()))
        await device.sign_in(email)
        await device.open(stack)
        devices.append(device)
    return devices


async def test_signing_out_everywhere_ends_all_of_a_person_on_both_processes(
    cluster: Cluster, stack: AsyncExitStack
) -> None:
    first, second = await on_both(cluster, stack, "student1@example.com")
    await first.post("/logout/everywhere/")
    sockets = [*first.sockets.values(), *second.sockets.values()]
    assert set(await asyncio.gather(*map(code_of, sockets))) == {4401}
    for device in (first, second):
        assert await device.statuses() == (401, 401)
        assert (await device.client.get(f"{device.url}/student/")).status_code == 302


async def test_signing_out_ends_the_sockets_of_that_session_on_both_processes(
    cluster: Cluster, stack: AsyncExitStack
) -> None:
    first, second = await on_both(cluster, stack, "student2@example.com")
    moved = Device(cluster.nodes[1], first.client)
    moved.pair = first.pair
    await moved.open(stack)
    await first.post("/logout/")
    ended = [first.sockets["session"], moved.sockets["session"]]
    assert await asyncio.gather(*map(code_of, ended)) == [4401, 4401]
    for socket in (first.sockets["token"], *second.sockets.values()):
        await socket.send('{"type": "ping"}')
        assert "pong" in str(await socket.recv())
    assert await second.statuses() == (200, 200)


async def test_a_stolen_refresh_token_ends_the_sockets_of_its_sign_in_on_both_processes(
    cluster: Cluster, stack: AsyncExitStack
) -> None:
    first, second = await on_both(cluster, stack, "student3@example.com")
    moved = Device(cluster.nodes[1], first.client)
    moved.pair = first.pair
    await moved.open(stack)
    assert await first.statuses() == (200, 200)
    assert await moved.statuses() == (200, 401)
    ended = [one.sockets[way] for one in (first, moved) for way in ("token", "ticket")]
    assert set(await asyncio.gather(*map(code_of, ended))) == {4401}
    assert await second.statuses() == (200, 200)
