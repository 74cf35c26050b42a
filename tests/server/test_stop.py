"""SIGTERM and SIGINT: everyone is told, everything finishes, nothing lasts longer than it may."""

import asyncio
import signal

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.patient_clients import connect
from tests.server.conftest import Start
from tests.server.raw import RawSocket

pytestmark = pytest.mark.e2e


async def _close_of(socket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        await socket.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_every_socket_is_told_and_every_application_finishes(
    start_server: Start, number: int
) -> None:
    server = start_server()
    sockets = [await connect(server.ws("echo"), compression=None) for _ in range(60)]
    server.terminate(number)
    closes = await asyncio.gather(*(_close_of(socket) for socket in sockets))
    assert set(closes) == {(1012, "service restart")}
    assert await asyncio.to_thread(server.ended) == 0
    assert server.notes.count("disconnect 1012") == 60
    assert server.notes[0] == "drain True"
    assert server.notes[-1] == "stop"


def test_a_process_without_sockets_ends_at_once(start_server: Start) -> None:
    server = start_server()
    server.terminate()
    server.terminate()
    assert server.ended() == 0
    assert server.notes == ["drain True", "stop"]


def test_a_drain_takes_no_longer_than_it_may(start_server: Start) -> None:
    server = start_server()
    with RawSocket(server.address(), "stubborn") as client:
        server.terminate()
        assert client.close_frame() == (1012, "service restart")
        # The application would hang for ever: ten seconds, and room for a busy machine.
        assert server.ended(60) == 0
    assert server.notes == ["drain True", "cancelled", "stop"]
    assert "1 applications did not end" in server.output


def test_an_application_hears_of_a_client_that_does_not_answer(start_server: Start) -> None:
    server = start_server()
    with RawSocket(server.address(), "echo") as client:
        server.terminate()
        assert client.close_frame() == (1012, "service restart")
        assert server.ended() == 0
    assert "disconnect 1012" in server.notes


def test_a_draining_process_takes_no_new_socket(start_server: Start) -> None:
    server = start_server()
    with RawSocket(server.address(), "stubborn") as client:
        server.terminate()
        client.close_frame()
        with pytest.raises(ConnectionError):
            RawSocket(server.address(), "echo")
