"""One person's socket: opened, kept, and opened again as the close code says."""

import asyncio
import time
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from realtime.protocol.client_messages import ConnectionMessage
from speaktracker.simulation.people import seen_frames
from speaktracker.simulation.people.greeted_socket import close_code_of, open_line
from speaktracker.simulation.people.passes import Passes
from speaktracker.simulation.people.reconnection import ABNORMAL, STEADY_SECONDS, comes_back, wait
from speaktracker.simulation.report.tally import Tally
from speaktracker.simulation.simulation_errors import CannotSimulate, Refused
from speaktracker.simulation.simulation_options import Options


@dataclass(frozen=True, slots=True)
class Ground:
    """What all people of a simulation share; `door` bounds the handshakes under way."""

    options: Options
    passes: Passes
    tally: Tally
    door: asyncio.Semaphore
    random: Random

    @property
    def advice(self) -> str:
        """Say how the people of this simulation come to be."""
        people = f"--tutors {self.options.tutors} --students {self.options.students}"
        return f"run manage.py seed_demo {people} on the server"


class Person:
    """Somebody with a socket; subclasses say what they hear and do."""

    query = "lang=en"

    def __init__(self, email: str, ground: Ground) -> None:
        self.email = email
        self.ground = ground
        self.socket: ClientConnection | None = None
        self.came_in = asyncio.Event()
        self._attempt = 0

    async def live(self) -> None:
        """Keep a socket until cancelled or told not to come back; raises CannotSimulate."""
        while True:
            code = await self._visit()
            if not comes_back(code):
                return
            await asyncio.sleep(wait(code, self._attempt, self.ground.random))
            self._attempt += 1

    async def _visit(self) -> int:
        """Open a socket and stay while it stands; answers the close code."""
        try:
            socket, greeting = await self._enter()
        except Refused as refused:
            return self._turned_away(refused)
        except (OSError, WebSocketException) as error:
            return self._not_reached(error)
        return await self._stay(socket, greeting)

    async def _enter(self) -> tuple[ClientConnection, seen_frames.Head]:
        async with self.ground.door:
            token = (await self.ground.passes.of(self.email)).token
            began = time.monotonic()
            opened = await open_line(self.ground.options, token, self.query)
            self.ground.tally.handshakes.add(time.monotonic() - began)
            return opened

    def _not_reached(self, error: Exception) -> int:
        if not self.ground.tally.handshakes.count:
            url, why = self.ground.options.url, str(error) or type(error).__name__
            raise CannotSimulate(f"No socket opens at {url}: {why}. Is the server running there?")
        self.ground.tally.errors["unreachable"] += 1
        return ABNORMAL

    def _turned_away(self, refused: Refused) -> int:
        if refused.is_about_the_token and self.ground.passes.distrust(self.email):
            return ABNORMAL
        self.ground.tally.errors[refused.code] += 1
        if not self.came_in.is_set() and not comes_back(refused.close_code):
            who = f"The server refuses {self.email} ({refused.code})"
            raise CannotSimulate(f"{who}: {self.ground.advice}.")
        return refused.close_code

    async def _stay(self, socket: ClientConnection, greeting: seen_frames.Head) -> int:
        tally, since = self.ground.tally, time.monotonic()
        tally.reconnects += self.came_in.is_set()
        tally.open_sockets += 1
        self.socket = socket
        self.enters(greeting)
        self.came_in.set()
        try:
            async for text in socket:
                self._read(text)
        except ConnectionClosed:
            pass
        finally:
            self.socket = None
            tally.open_sockets -= 1
            self.leaves()
            await socket.close()
        tally.closes[close_code_of(socket)] += 1
        if time.monotonic() - since >= STEADY_SECONDS:
            self._attempt = 0
        return close_code_of(socket)

    def _read(self, text: str | bytes) -> None:
        try:
            head = seen_frames.head(text)
            if head.type in ("message_error", "timeout") and not head.queued:
                self.ground.tally.errors[head.code] += 1
            self.hear(head, text, time.monotonic())
        except msgspec.MsgspecError:
            self.ground.tally.errors["unreadable frame"] += 1

    async def say(self, message: Any) -> bool:
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
            token = (await self.ground.passes.of(self.email)).token
        except (OSError, Refused):
            self.ground.tally.errors["token not renewed"] += 1
            return
        await self.say(ConnectionMessage(type="connection", action="refresh", token=token))

    def enters(self, _greeting: seen_frames.Head) -> None:
        """Begin a connection."""

    def hear(self, head: seen_frames.Head, text: str | bytes, now: float) -> None:
        """Take a frame."""

    def leaves(self) -> None:
        """End a connection."""
