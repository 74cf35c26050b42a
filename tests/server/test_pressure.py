"""Peers that do not read, applications that do not listen, peers that are dead."""

from pathlib import Path

import pytest

from tests.server.conftest import Start
from tests.server.raw import RawSocket, masked

pytestmark = pytest.mark.e2e

QUICK = {
    "sweep_interval": 0.1,
    "slow_after": 1.0,
    "slow_grace": 0.5,
    "slow_linger": 3.0,
    "ping_interval": 0.5,
    "ping_timeout": 1.0,
    "close_timeout": 1.0,
    "accept_timeout": 1.0,
}
MEBIBYTE = 1024 * 1024
both_paths = pytest.mark.parametrize("fast", ["1", "0"], ids=["fast", "autobahn"])


@both_paths
def test_a_client_that_does_not_read_is_closed_by_the_application(
    start_server: Start, fast: str
) -> None:
    server = start_server(options=QUICK, FAST_FRAMES=fast)
    with RawSocket(server.address(), "flood") as client:
        server.noted("too slow")
        assert client.close_frame() == (4008, "behind")
        client.send((4008).to_bytes(2, "big"), opcode=8)
        server.noted("disconnect 4008")


def test_an_application_that_does_not_close_has_it_done_by_the_server(start_server: Start) -> None:
    server = start_server(options={**QUICK, "slow_linger": 30.0})
    with RawSocket(server.address(), "flood?leave") as client:
        server.noted("closed by the server")
        assert client.close_frame() == (4008, "too slow")


def test_a_client_that_never_reads_is_aborted_in_the_end(start_server: Start) -> None:
    server = start_server(options=QUICK)
    with RawSocket(server.address(), "flood"):
        server.noted("too slow")
        server.noted("disconnect 4008")


@both_paths
def test_memory_stays_flat_while_a_client_sends_and_never_reads(
    start_server: Start, fast: str
) -> None:
    server = start_server(options={**QUICK, "slow_after": 60.0}, FAST_FRAMES=fast)
    with RawSocket(server.address(), "echo", receive_buffer=4096) as client:
        chunk = b"".join(masked(b"x" * 1000) + masked(b"ping", 9) for _ in range(50))
        client.tcp.settimeout(1)
        before, sent = server.memory(), 0
        try:
            while sent < 200 * MEBIBYTE:
                sent += client.tcp.send(chunk)
        except TimeoutError:
            pass  # the server has stopped reading
        assert sent < 100 * MEBIBYTE
        assert server.memory() - before < 5 * MEBIBYTE


def test_pings_of_a_client_that_never_reads_do_not_pile_up(start_server: Start) -> None:
    server = start_server(options={**QUICK, "slow_after": 60.0})
    with RawSocket(server.address(), "flood", receive_buffer=4096) as client:
        chunk = b"".join(masked(b"x" * 120, 9) for _ in range(1000))
        client.tcp.sendall(chunk)
        before = server.memory()
        for _ in range(100):
            client.tcp.sendall(chunk)
        assert server.memory() - before < 5 * MEBIBYTE


@both_paths
def test_a_client_waits_while_the_application_does_not_listen(
    start_server: Start, tmp_path: Path, fast: str
) -> None:
    server = start_server(options=QUICK, FAST_FRAMES=fast)
    go = tmp_path / "go"
    with RawSocket(server.address(), f"deaf?{go}") as client:
        before = server.memory()
        client.tcp.settimeout(2)  # longer than the heartbeat: a deaf application is no dead peer
        rest = _send_until_stuck(client, masked(b"x" * 10_000))
        assert server.memory() - before < 5 * MEBIBYTE
        go.touch()
        client.tcp.settimeout(30)
        client.tcp.sendall(rest + masked(b"last"))
        while (heard := client.frame())[0] != 1:
            pass
        assert b"heard" in heard[1]


def _send_until_stuck(client: RawSocket, frame: bytes) -> bytes:
    """Send whole frames until the server takes no more; return what is left of the last one."""
    rest = b""
    try:
        while True:
            rest = frame
            while rest:
                rest = rest[client.tcp.send(rest) :]
    except TimeoutError:
        return rest


def test_a_silent_peer_is_pinged_and_then_dropped(start_server: Start) -> None:
    # Long enough for a busy machine to answer the first ping.
    server = start_server(options={**QUICK, "ping_timeout": 4.0})
    with RawSocket(server.address(), "echo") as client:
        opcode, payload = client.frame()
        assert (opcode, payload) == (9, b"speaktracker")
        client.send(payload, opcode=10)
        assert client.frame()[0] == 9, "it answered, so it lives"
        assert client.is_gone()
    server.noted("disconnect 1006")


def test_a_close_that_is_not_answered_ends_all_the_same(start_server: Start) -> None:
    server = start_server(options=QUICK)
    with RawSocket(server.address(), "closing") as client:
        client.send(b'{"code": 4001}')
        assert client.close_frame() == (4001, "")
        assert client.is_gone()
    server.noted("disconnect 4001")


def test_a_handshake_that_is_not_decided_is_refused(start_server: Start) -> None:
    server = start_server(options=QUICK)
    with RawSocket(server.address(), "undecided") as client:
        assert b" 403 " in client.answer
