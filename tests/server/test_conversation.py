"""What a client and an application can say to each other, on the fast path and without it."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from speaktracker.server.websocket.message_socket import MAX_FRAGMENTS
from tests.patient_clients import connect
from tests.server.process import ServerProcess

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("server-conversation")]


@pytest.fixture(scope="module", params=["1", "0"], ids=["fast", "autobahn"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    shared = ServerProcess(tmp_path_factory.mktemp("server"), FAST_FRAMES=request.param)
    shared.address()
    yield shared
    shared.clean_up()


@pytest.mark.parametrize(
    "text", ["", "a", "발음", "x" * 125, "x" * 126, "x" * 65_535, "x" * 65_536]
)
async def test_a_text_comes_back_as_it_was(server: ServerProcess, text: str) -> None:
    async with connect(server.ws("echo"), compression=None) as socket:
        await socket.send(text)
        assert await socket.recv() == text


async def test_a_scope_may_be_copied_and_pickled(server: ServerProcess) -> None:
    async with connect(server.ws("copied"), compression=None) as socket:
        for _ in range(2):
            assert json.loads(await socket.recv()) == {"same": True, "written": False}
        await socket.send("no copy has read this")
        assert await socket.recv() == "no copy has read this"


async def test_bytes_come_back_as_they_were(server: ServerProcess) -> None:
    async with connect(server.ws("echo"), compression=None) as socket:
        await socket.send(b"\x00\xff")
        assert await socket.recv() == b"\x00\xff"


async def test_fragments_make_one_message(server: ServerProcess) -> None:
    async with connect(server.ws("echo"), compression=None) as socket:
        await socket.send(["발", "음", "", "!"])
        await socket.send("next")
        assert await socket.recv() == "발음!"
        assert await socket.recv() == "next"


async def test_a_text_that_is_not_utf8_reaches_the_application_as_bytes(
    server: ServerProcess,
) -> None:
    async with connect(server.ws("echo"), compression=None) as socket:
        await socket.send(b"\xff\xfe", text=True)
        assert json.loads(await socket.recv()) == {"invalid": "fffe", "text": None}
        await socket.send("still here")
        assert await socket.recv() == "still here"


async def test_a_message_above_the_transport_limit_closes_with_1009(server: ServerProcess) -> None:
    async with connect(server.ws("echo"), compression=None) as socket:
        await socket.send("x" * 65_537)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_fragments_above_the_limit_close_with_1009(server: ServerProcess) -> None:
    async with connect(server.ws("echo"), compression=None) as socket:
        await socket.send(["x" * 40_000, "x" * 40_000])
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_a_message_of_too_many_fragments_closes_with_1009(server: ServerProcess) -> None:
    async with connect(server.ws("echo"), compression=None) as socket:
        # The library ends a message with an empty fragment of its own.
        await socket.send(["", *"x" * (MAX_FRAGMENTS - 2)])
        assert await socket.recv() == "x" * (MAX_FRAGMENTS - 2)
        await socket.send(["", *"x" * (MAX_FRAGMENTS - 1)])
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def test_the_page_of_the_protocol_says_how_many_fragments() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text("utf-8")
    assert f"more than {MAX_FRAGMENTS:,} fragments" in page


async def test_an_application_may_send_four_mebibytes(server: ServerProcess) -> None:
    size = 4 * 1024 * 1024
    async with connect(server.ws("sized"), max_size=None, compression=None) as socket:
        await socket.send(str(size))
        assert len(await socket.recv()) == size
        await socket.send(str(size + 1))
        assert "above the limit" in json.loads(await socket.recv())["refused"]


@pytest.mark.parametrize(
    ("asked", "code", "reason"),
    [
        ({"code": 1012, "reason": "restart"}, 1012, "restart"),
        ({"code": 4401, "reason": "누구"}, 4401, "누구"),
        ({"code": 4008}, 4008, ""),
        ({}, 1000, ""),
        ({"code": 1011, "reason": "x" * 200}, 1011, "x" * 123),
    ],
)
async def test_an_application_closes_with_code_and_reason(
    server: ServerProcess, asked: dict[str, object], code: int, reason: str
) -> None:
    async with connect(server.ws("closing"), compression=None) as socket:
        await socket.send(json.dumps(asked))
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (code, reason)
        server.noted(f"disconnect {code}")


async def test_a_code_that_cannot_be_sent_is_refused(server: ServerProcess) -> None:
    async with connect(server.ws("closing"), compression=None) as socket:
        await socket.send(json.dumps({"code": 1006}))
        assert "1006 is no code" in json.loads(await socket.recv())["refused"]


async def test_the_answer_carries_headers_and_subprotocol(server: ServerProcess) -> None:
    offered = [Subprotocol("other"), Subprotocol("speaktracker.v1")]
    async with connect(server.ws("headers"), subprotocols=offered, compression=None) as socket:
        assert socket.subprotocol == "speaktracker.v1"
        assert socket.response is not None
        assert socket.response.headers.get_all("set-cookie") == ["a=1", "b=2"]
        assert socket.response.headers["x-one"] == "1"


async def test_a_handshake_may_be_refused(server: ServerProcess) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(server.ws("reject"), compression=None)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["failing", "ending"])
async def test_an_application_that_fails_or_ends_closes_with_1011(
    server: ServerProcess, path: str
) -> None:
    async with connect(server.ws(path), compression=None) as socket:
        with suppress(ConnectionClosed):
            await socket.send("go")
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1011


async def test_the_text_writer_is_offered_on_the_fast_path_only(
    server: ServerProcess, request: pytest.FixtureRequest
) -> None:
    async with connect(server.ws("count"), compression=None) as socket:
        offered = json.loads(await socket.recv())["text_writer"]
        await socket.send("go")
        heard = [await socket.recv()]
        while not str(heard[-1]).startswith("{"):
            heard.append(await socket.recv())
    assert heard[:-1] == (["first", "second"] if offered else [])
    assert offered == request.node.callspec.id.startswith("fast")


async def test_a_client_that_closes_is_told_to_the_application(server: ServerProcess) -> None:
    async with connect(server.ws("echo"), compression=None) as socket:
        await socket.close(4321, "bye")
    server.noted("disconnect 4321")
