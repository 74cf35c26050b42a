"""A proxy that writes each request's headers anew: takes lists apart, or puts them together."""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress

Headers = list[tuple[str, str]]
LISTS = {
    *("accept", "accept-language", "cache-control", "connection", "x-forwarded-for"),
    *("sec-websocket-protocol", "sec-websocket-extensions"),
}


def split(headers: Headers) -> Headers:
    """Give each item of a list, and each cookie, a header of its own, as HTTP/2 may."""
    return [
        (name.lower(), item.strip())
        for name, value in headers
        for item in value.split(_separator(name) or "\0")
    ]


def join(headers: Headers) -> Headers:
    """Write what came several times once, as proxies do that keep headers in a dict."""
    joined: dict[str, list[str]] = {}
    for name, value in headers:
        joined.setdefault(name.upper(), []).append(value)
    return [(name, f"{_separator(name) or ','} ".join(found)) for name, found in joined.items()]


def _separator(name: str) -> str:
    if name.lower() == "cookie":
        return ";"
    return "," if name.lower() in LISTS else ""


class HeaderProxy:
    """Stands before a port of 127.0.0.1, one request for each connection; with `tls` as https."""

    def __init__(
        self, port: int, rewrite: Callable[[Headers], Headers], tls: ssl.SSLContext | None = None
    ) -> None:
        self.port = 0
        self.target = port
        self._tls = tls
        self._rewrite = rewrite
        self._pumps: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "HeaderProxy":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        behind, ahead = await asyncio.open_connection("127.0.0.1", self.target)
        ahead.write(self._rewritten(head.decode("latin1")).encode("latin1"))
        for source, sink in ((reader, ahead), (behind, writer)):
            pump = asyncio.create_task(_pump(source, sink))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    def _rewritten(self, head: str) -> str:
        first, *lines = head.rstrip("\r\n").split("\r\n")
        headers = [(name, value.strip()) for name, _, value in (x.partition(":") for x in lines)]
        names = {name.lower() for name, _ in headers}
        if "upgrade" not in names:  # one request for each connection
            headers = [pair for pair in headers if pair[0].lower() != "connection"]
            headers.append(("Connection", "close"))
        return _head(first, self._rewrite(headers))


def _head(first: str, headers: Iterable[tuple[str, str]]) -> str:
    return "\r\n".join([first, *(f"{name}: {value}" for name, value in headers), "", ""])


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    sink.close()
