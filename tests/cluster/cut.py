"""A TCP proxy of 127.0.0.1 that cuts, as a lost network does."""

import asyncio
import ssl
from contextlib import suppress

CHUNK = 64 * 1024


class Cable:
    """Forward to one port; `cut` ends every connection at once, without a goodbye."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._flows = _flowing()
        self._refuses = False
        self.port = 0

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        """Listen on a free port, for TLS with a `context`; what is behind knows nothing of that."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """End every connection with a reset."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def lead_to(self, port: int) -> None:
        """Take new connections elsewhere, as a managed address does; those that stand stay."""
        self._target = port

    def freeze(self) -> None:
        """Carry nothing any more, and tell nobody: the network is gone."""
        self._flows.clear()

    def thaw(self) -> None:
        """Carry on where it froze: the network is back."""
        self._flows.set()

    def carry_new(self) -> None:
        """Carry new connections; those that froze stay as they are."""
        self._flows = _flowing()

    def refuse(self) -> None:
        """End every connection, and each new one at once."""
        self._refuses = True
        self.cut()

    def mend(self) -> None:
        """Take connections again, and carry on where it froze."""
        self._refuses = False
        self.thaw()

    async def close(self) -> None:
        """Listen no more, and cut."""
        if self._server:
            self._server.close()
        self.cut()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self._writers |= both
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            pump = asyncio.create_task(self._pump(source, sink, both))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        both: set[asyncio.StreamWriter],
    ) -> None:
        flows = self._flows
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await flows.wait()
                sink.write(data)
                await sink.drain()
        for writer in both:
            writer.transport.abort()
        self._writers -= both


def _flowing() -> asyncio.Event:
    flows = asyncio.Event()
    flows.set()
    return flows
