"""The fast path against autobahn: the same bytes in, the same messages, answers and closes out."""

import asyncio
import random
from typing import Any

import pytest
from daphne.ws_protocol import WebSocketFactory

from speaktracker.server.asgi_server import ClassroomServer
from speaktracker.server.server_options import ServerOptions
from tests.server.streams import pieces, stream
from tests.server.wire import WiredSocket, accepting

FRAMES = 25


def _servers(receive_queue_messages: int) -> list[ClassroomServer]:
    return [
        ClassroomServer(
            accepting,
            ServerOptions(fast_frames=fast, receive_queue_messages=receive_queue_messages),
        )
        for fast in (True, False)
    ]


def _stock_factory(server: ClassroomServer) -> Any:
    """Daphne's own protocol, which would fail on a broken text: it is shown none."""
    factory = WebSocketFactory(server, server="x")
    factory.setProtocolOptions(
        failByDrop=False,
        utf8validateIncoming=False,
        maxMessagePayloadSize=server.options.max_message_in,
        maxFramePayloadSize=server.options.max_message_in,
    )
    return factory


async def _compare(
    several: list[WiredSocket], chance: random.Random, data: bytes, *, lazy: bool
) -> None:
    for wired in several:
        await wired.open()
    for piece in pieces(chance, data):
        count = chance.choice((0, 1, 5, 100)) if lazy else 1000
        answer = chance.random() < 0.1
        for wired in several:
            wired.feed(piece)
            if answer and wired.protocol.state == wired.protocol.STATE_OPEN:
                wired.say("from the server")
            await wired.read(count)
    for wired in several:
        while not wired.protocol.application_queue.empty():
            await wired.read(1000)
    await asyncio.sleep(0)  # what is corked goes out with the end of the turn
    outcomes = [wired.outcome() for wired in several]
    for wired in several:
        await wired.clean_up()
    for other in outcomes[1:]:
        assert outcomes[0] == other


async def _fuzz(seed: int, rounds: int) -> None:
    """Let a lazy application fill its queue in one half; compare with stock daphne in the other."""
    chance = random.Random(seed)
    lazy, eager = _servers(receive_queue_messages=8), _servers(receive_queue_messages=100_000)
    for at in range(rounds):
        servers = (lazy, eager)[at % 2]
        data = stream(chance, FRAMES, valid_text=servers is eager)
        several = [WiredSocket(server, server.ws_factory) for server in servers]
        if servers is eager:
            several.append(WiredSocket(eager[1], _stock_factory(eager[1])))
        try:
            await _compare(several, chance, data, lazy=servers is lazy)
        except AssertionError as difference:
            raise AssertionError(f"round {at} of seed {seed}") from difference


@pytest.mark.parametrize("seed", range(4))
async def test_fast_path_and_autobahn_agree(seed: int) -> None:
    await _fuzz(seed, rounds=30)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_fast_path_and_autobahn_agree_on_a_hundred_thousand_frames() -> None:
    await _fuzz(random.randrange(2**32), rounds=4000)
