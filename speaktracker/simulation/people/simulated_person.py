"""One person's socket: opened, kept, and opened again as the close code says."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from realtime.protocol.client_messages import ConnectionMessage
from speaktracker.simulation import seen_frames
from speaktracker.simulation.measurement.tally import Tally
from speaktracker.simulation.people.access_tokens import AccessTokens
from speaktracker.simulation.people.greeted_socket import close_code_of, open_socket
from speaktracker.simulation.people.reconnection import ABNORMAL, STEADY_SECONDS, comes_back, wait
from speaktracker.simulation.simulation_errors import CannotSimulate, Refused
from speaktracker.simulation.simulation_options import SimulationOptions

RENEW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SimulationContext:
    """What all people of a simulation share; `handshake_slots` bounds the handshakes under way."""

    options: SimulationOptions
    tokens: AccessTokens
    tally: Tally
    handshake_slots: asyncio.Semaphore
    random: Random


class SimulatedPerson:
    """Somebody with a socket; subclasses take its frames and send their own."""

    query = "lang=en"

    def __init__(self, email: str, context: SimulationContext) -> None:
        self.email = email
        self.context = context
        self.socket: ClientConnection | None = None
        self.was_admitted = asyncio.Event()
        self._attempt = 0

    async def live(self) -> None:
        """Keep a socket until cancelled or told not to come back; raises CannotSimulate."""
        while True:
            code = await self.visit()
            if not comes_back(code):
                return
            await asyncio.sleep(wait(code, self._attempt, self.context.random))
            self._attempt += 1

    async def visit(self) -> int:
        """Open a socket and read it while it stands; return its close code. Raises CannotSimulate.

        The code is 1006 where no socket opens, and 4401 or so where the server refuses.
        """
        context = self.context
        try:
            async with context.handshake_slots:
                token = (await context.tokens.of(self.email)).text
                began = time.monotonic()
                socket, greeting = await open_socket(context.options, token, self.query)
                context.tally.handshakes.add(time.monotonic() - began)
        except Refused as refused:
            if refused.is_about_the_token and context.tokens.discard(self.email):
                return ABNORMAL
            context.tally.errors[refused.code] += 1
            if not self.was_admitted.is_set() and not comes_back(refused.close_code):
                who = f"The server refuses {self.email} ({refused.code})"
                raise CannotSimulate(f"{who}: {context.options.how_to_seed}.") from None
            return refused.close_code
        except (OSError, WebSocketException) as error:
            if not context.tally.handshakes.count:
                what = f"No socket opens at {context.options.url}"
                why = str(error) or type(error).__name__
                raise CannotSimulate(f"{what}: {why}. Is the server running there?") from None
            context.tally.errors["unreachable"] += 1
            return ABNORMAL
        return await self._stay(socket, greeting)

    async def _stay(self, socket: ClientConnection, greeting: seen_frames.Head) -> int:
        tally, since = self.context.tally, time.monotonic()
        tally.reconnects += self.was_admitted.is_set()
        tally.open_sockets += 1
        self.socket = socket
        self.on_open(greeting)
        self.was_admitted.set()
        try:
            async for text in socket:
                self._read(text)
        except ConnectionClosed:
            pass
        finally:
            self.socket = None
            tally.open_sockets -= 1
            self.on_close()
            await socket.close()
        tally.closes[close_code_of(socket)] += 1
        if time.monotonic() - since >= STEADY_SECONDS:
            self._attempt = 0
        return close_code_of(socket)

    def _read(self, text: str | bytes) -> None:
        try:
            head = seen_frames.head(text)
            if head.type in ("message_error", "timeout") and not head.queued:
                self.context.tally.errors[head.code] += 1
            self.on_frame(head, text, time.monotonic())
        except msgspec.MsgspecError:
            self.context.tally.errors["unreadable frame"] += 1

    async def send(self, message: Any) -> bool:
        """Send one message; False when the socket is gone."""
        if self.socket is None:
            return False
        try:
            await self.socket.send(seen_frames.write(message))
        except ConnectionClosed:
            return False
        return True

    async def renew(self) -> None:
        """Hand in a fresh token before the old one runs out."""
        try:
            token = (await self.context.tokens.of(self.email)).text
        except (OSError, Refused):
            self.context.tally.errors["token not renewed"] += 1
            return
        await self.send(ConnectionMessage(type="connection", action="refresh", token=token))

    def on_open(self, _greeting: seen_frames.Head) -> None:
        """Begin a connection."""

    def on_frame(self, head: seen_frames.Head, text: str | bytes, now: float) -> None:
        """Take a frame; `now` is of time.monotonic()."""

    def on_close(self) -> None:
        """End a connection."""


async def renew_tokens(people: Sequence[SimulatedPerson]) -> None:
    """Hand in fresh tokens on the open sockets as they run out, until cancelled."""
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        for person in people:
            if person.socket and person.context.tokens.needs_renewal(person.email, time.time()):
                await person.renew()
