"""A client of the socket through the real ASGI application, in the vocabulary of the tests."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

from channels.testing import WebsocketCommunicator

from speaktracker.asgi import application
from speaktracker.auth import tokens
from speaktracker.roster.models import User
from speaktracker.transport.text_writer import TEXT_EXTENSION, TextReceiver

DEADLINE_SECONDS = 30
QUIET_SECONDS = 0.3

Message = dict[str, Any]


class FakeTextWriter:
    """What our own server offers an application (speaktracker.transport.text_writer)."""

    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self._communicator = communicator
        self._receiver: TextReceiver | None = None
        self.handled_now = 0

    def __call__(self, text: str) -> bool:
        """Write a text at once, unless a client does not read."""
        output = self._communicator.output_queue
        if output.full():
            return False
        output.put_nowait({"type": "websocket.send", "text": text})
        return True

    def write_frame(self, frame: bytes) -> bool:
        """Write what the frame of a text holds, likewise."""
        head = {126: 4, 127: 10}.get(frame[1], 2)
        return self(frame[head:].decode())

    def on_text(self, receiver: TextReceiver) -> None:
        """Offer texts to `receiver` from now on."""
        self._receiver = receiver

    async def is_awaited(self) -> None:
        """Wait until the application waits for the next event."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while self._receiver is None or not self._application_waits():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    def _application_waits(self) -> bool:
        events = self._communicator.input_queue
        return bool(events._getters) and events.empty()

    def offers(self, text: str) -> bool:
        """Offer a text while the application waits; True when it was dealt with."""
        if self._receiver is None or not self._application_waits():
            return False
        taken = self._receiver(text.encode("utf-8", "surrogatepass"))
        self.handled_now += taken
        return taken


class SocketClient:
    """One socket; closed by its fixture however the test ends."""

    def __init__(
        self,
        path: str = "/ws/",
        *,
        headers: dict[str, str] | None = None,
        subprotocols: list[str] | None = None,
        with_text_writer: bool = False,
        address: str | None = None,
        **query: Any,
    ) -> None:
        """Come to a server that offers the text writer of our own, or to another one."""
        given = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        target = f"{path}?{urlencode(query)}" if query else path
        self._communicator = WebsocketCommunicator(application, target, given, subprotocols)
        if address:
            self._communicator.scope["client"] = [address, 0]
        self.text_writer = FakeTextWriter(self._communicator) if with_text_writer else None
        if self.text_writer:
            self._communicator.scope["extensions"] = {TEXT_EXTENSION: self.text_writer}
        self.subprotocol: str | None = None
        self.close_reason = ""

    async def open(self) -> "SocketClient":
        """Do the handshake, which our server always accepts."""
        accepted, self.subprotocol = await self._communicator.connect(timeout=DEADLINE_SECONDS)
        assert accepted
        return self

    async def send(self, message: Message | str | bytes) -> None:
        """Send a message as JSON, or a raw text or binary frame."""
        if isinstance(message, dict):
            message = json.dumps(message, ensure_ascii=False)
        if self.text_writer and isinstance(message, str) and self.text_writer.offers(message):
            return
        # Not `send_to`, which knows no empty frames.
        kind = "bytes" if isinstance(message, bytes) else "text"
        await self._communicator.send_input({"type": "websocket.receive", kind: message})

    async def next(self) -> Message:
        """Receive the next frame, whatever it is."""
        text = await self._communicator.receive_from(timeout=DEADLINE_SECONDS)
        frame: Message = json.loads(text)
        return frame

    async def hears(self, type_: str, **fields: Any) -> Message:
        """Receive until a message of `type_` with these fields comes; others are passed over."""
        return (await self.hears_until(type_, **fields))[-1]

    async def hears_until(self, type_: str, **fields: Any) -> list[Message]:
        """Receive everything up to a message of `type_` with these fields, which is the last."""
        seen: list[Message] = []
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not seen or not _fits(seen[-1], type_, fields):
                    seen.append(await self._output(seen, type_))
        except TimeoutError:
            raise AssertionError(f"no {type_} with {fields} came, only {seen}") from None
        return seen

    async def sees(self, action: str, **data: Any) -> Message:
        """Receive until a frame of `action` has these fields in its data, and return its data."""
        while True:
            found: Message = (await self.hears("dashboard", action=action))["data"]
            if data.items() <= found.items():
                return found

    async def _output(self, seen: list[Message], wanted: str) -> Message:
        output = await self._communicator.receive_output(timeout=DEADLINE_SECONDS)
        if output["type"] == "websocket.close":
            raise AssertionError(
                f"closed with {output.get('code')} while waiting for {wanted}, {seen}"
            )
        frame: Message = json.loads(output["text"])
        return frame

    async def ask(self, message: Message | str | bytes, type_: str, **fields: Any) -> Message:
        """Send, then receive the answer of `type_`."""
        await self.send(message)
        return await self.hears(type_, **fields)

    async def hears_nothing(self, seconds: float = QUIET_SECONDS) -> bool:
        """Tell whether nothing arrives for a moment."""
        return bool(await self._communicator.receive_nothing(timeout=seconds, interval=0.02))

    def stop_reading(self) -> None:
        """Make the server wait for room with every frame, as a client does that does not read."""
        self._communicator.output_queue._maxsize = 1

    async def is_closed_with(self) -> int:
        """Receive until the close and return its code."""
        while True:
            output = await self._communicator.receive_output(timeout=DEADLINE_SECONDS)
            if output["type"] == "websocket.close":
                self.close_reason = output.get("reason") or ""
                return int(output["code"])

    async def close(self, code: int = 1000) -> None:
        """Leave as a closed tab does; harmless to repeat."""
        await self._communicator.disconnect(code=code, timeout=DEADLINE_SECONDS)


def _fits(message: Message, type_: str, fields: Message) -> bool:
    return message["type"] == type_ and fields.items() <= message.items()


def bearer(user: User) -> dict[str, str]:
    """Make the header that identifies `user`."""
    return {"Authorization": f"Bearer {tokens.issue(user)}"}
