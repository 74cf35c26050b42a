"""A proxy in front of a DynamoDB-compatible server that misbehaves on demand."""

import asyncio
import json
from collections import Counter
from contextlib import suppress

import httpx

from tests.patient_clients import http_client

THROTTLE = (400, "ProvisionedThroughputExceededException")
BROKEN = (500, "InternalServerError")


class FaultProxy:
    """Forwards HTTP; `fault` says how the next batches of writes go wrong.

    `refuse`; `hang`: the request never arrives; `hold`: it arrives once all is well again;
    `swallow`: it is carried out, but never answered; `throttle`; `broken`; `partial`: it is done
    by half. None lets all pass.
    """

    def __init__(self, upstream: int) -> None:
        self.port = 0
        self.fault: str | None = None
        self.faults_only_for = ""
        self.seen: Counter[str] = Counter()
        self.misbehaved = asyncio.Event()
        self.late = asyncio.Event()
        self._release = asyncio.Event()
        self._upstream = f"http://127.0.0.1:{upstream}"
        self._server: asyncio.Server | None = None
        self._http = http_client()
        self._clients: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        await self._refuse()
        await self._http.aclose()

    async def goes_wrong(self, fault: str) -> None:
        """Misbehave from now on."""
        self.misbehaved.clear()
        self.fault = fault
        if fault == "refuse":
            await self._refuse()
            self.misbehaved.set()

    async def recovers(self) -> None:
        """Behave again."""
        if self.fault == "refuse":
            await self.start()
        self.fault = None
        self._release.set()

    async def _refuse(self) -> None:
        if self._server:
            self._server.close()
            for client in self._clients:
                client.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError, httpx.HTTPError):
            while True:
                await self._exchange(reader, writer)
        self._clients.discard(writer)
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.split(":", 1) for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value.strip() for name, value in lines}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        status, answer = await self._answer(headers, body)
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.0\r\n"
        writer.write(f"{head}Content-Length: {len(answer)}\r\n\r\n".encode() + answer)
        await writer.drain()

    async def _answer(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        action = headers.get("x-amz-target", "").split(".")[-1]
        self.seen[action] += 1
        concerned = action == "BatchWriteItem" and self.faults_only_for in body.decode()
        fault = self.fault if concerned else None
        if fault:
            self.misbehaved.set()
        if fault == "hold":
            await self._release.wait()
            answer = await self._forward(headers, body)
            self.late.set()
            return answer
        if fault == "swallow":
            await self._forward(headers, body)
        if fault in ("hang", "swallow"):
            await asyncio.Event().wait()
        if fault in ("throttle", "broken"):
            status, code = THROTTLE if fault == "throttle" else BROKEN
            kind = f"com.amazonaws.dynamodb.v20120810#{code}"
            return status, json.dumps({"__type": kind, "message": "no"}).encode()
        if fault == "partial":
            return await self._forward_half(headers, body)
        return await self._forward(headers, body)

    async def _forward_half(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        wanted = json.loads(body)
        ((name, requests),) = wanted["RequestItems"].items()
        half = max(1, len(requests) // 2)
        wanted["RequestItems"] = {name: requests[:half]}
        status, _ = await self._forward(headers, json.dumps(wanted).encode())
        left = {name: requests[half:]} if requests[half:] else {}
        return status, json.dumps({"UnprocessedItems": left}).encode()

    async def _forward(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        dropped = ("content-length", "host", "connection", "accept-encoding", "expect")
        passed = {name: value for name, value in headers.items() if name not in dropped}
        answer = await self._http.post(self._upstream, headers=passed, content=body)
        return answer.status_code, answer.content
