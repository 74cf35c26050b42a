"""Posts of the Management API to a socket at the process that is called, and at another one."""

import asyncio
import json
import time
from pathlib import Path
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from picows import WSMsgType

from bench.rosters import FAN
from bench.systems.child_servers import ChildServer
from bench.systems.client_sockets import ClientSocket
from bench.systems.product import Product
from bench.systems.system import Running
from bench.works.feedback_work import ANSWER_SECONDS, MARK, Arrival, RoundTrips, TutorApi
from bench.works.turns import Row, calm, in_turns

KEY_ID, SECRET = "BENCH", "a-secret-of-the-bench-alone-abcdefgh"
VARIABLES = {"MANAGEMENT_API_KEYS": f"{KEY_ID}:{SECRET}", "MANAGEMENT_API_REGION": "us-east-1"}
HERE, ELSEWHERE = "its own process", "another process"


async def measure_posts(
    valkey: ChildServer, folder: Path, rounds: int, seconds: float
) -> list[Row]:
    """Post to one socket through both of two processes, in turns."""
    product = Product(valkey.port, folder, variables=VARIABLES)
    product.prepare()
    holder, other = product.run(valkey), product.run(valkey)
    poster = await Poster.to_socket_of(holder)
    rows: list[Row] = []
    try:
        for number in range(rounds):
            for how, running in in_turns([(HERE, holder), (ELSEWHERE, other)], number):
                await calm([holder.server, other.server])
                figures = await poster.post_for(running, seconds)
                rows.append({"work": "posts", "how": how, "system": "ours", "round": number})
                rows[-1] |= figures
    finally:
        poster.close()
        holder.server.stop()
        other.server.stop()
    return rows


class Poster:
    """Posts to one socket, one after another, each signed before its time begins."""

    def __init__(self, socket: ClientSocket, arrival: Arrival, connection_id: str) -> None:
        self._socket, self._arrival = socket, arrival
        self._path = f"/@connections/{quote(connection_id, safe='')}"

    @classmethod
    async def to_socket_of(cls, holder: Running) -> "Poster":
        """Open a socket to post to, and ask for its id."""
        arrival = Arrival()
        named: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def on_text(payload: bytes) -> None:
            if not named.done() and b"connection_success" in payload:
                named.set_result(json.loads(payload)["connection_id"])
            arrival.on_text(payload)

        student = next(iter(FAN))
        socket = await holder.connector.connect(holder.token(student), on_text)
        hello = {"type": "connection", "action": "connect", "user_email": student}
        hello |= {"user_type": "student", "timestamp": "2026-01-14T10:30:00.000Z"}
        assert socket.transport is not None
        socket.transport.send(WSMsgType.TEXT, json.dumps(hello).encode())
        async with asyncio.timeout(ANSWER_SECONDS):
            return cls(socket, arrival, await named)

    async def post_for(self, running: Running, seconds: float) -> Row:
        """Post through one process; returns the figures."""
        api, trips = TutorApi(running.connector.api_port, ""), RoundTrips()
        await api.open()
        begin = time.perf_counter()
        try:
            while time.perf_counter() - begin < seconds:
                await self._add(trips, api, running.connector.api_port)
        finally:
            api.close()
        return {"seconds": time.perf_counter() - begin, **trips.figures()}

    async def _add(self, trips: RoundTrips, api: TutorApi, port: int) -> None:
        request = signed(f"http://127.0.0.1:{port}{self._path}", MARK)
        self._arrival.came.clear()
        began = time.perf_counter()
        async with asyncio.timeout(ANSWER_SECONDS):
            status = await api.exchange(request)
            trips.answered.append(time.perf_counter() - began)
            if status != 200:
                raise RuntimeError(f"a post was answered with {status}")
            await self._arrival.came.wait()
        trips.pushed.append(self._arrival.at - began)

    def close(self) -> None:
        """End the socket."""
        self._socket.close()


def signed(address: str, body: bytes) -> bytes:
    """Write a whole request, signed as boto3 does."""
    request = AWSRequest("POST", address, data=body)
    SigV4Auth(Credentials(KEY_ID, SECRET), "execute-api", "us-east-1").add_auth(request)
    _, _, host, path = address.split("/", 3)
    lines = [f"POST /{path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
