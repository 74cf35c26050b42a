"""A process that may open no more files says so, where nobody else would."""

import os
import resource
import socket
from contextlib import ExitStack

import pytest

from tests.patient_clients import call
from tests.server.conftest import Start
from tests.server.process import ServerProcess

pytestmark = pytest.mark.e2e


def leave_files(server: ServerProcess, more: int) -> tuple[str, int]:
    """Let a server open so many more files than it has; return where it listens."""
    files = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (files + more, 4096))
    host, port = server.address().split(":")
    return host, int(port)


def test_connections_that_no_file_is_left_for_have_a_line(start_server: Start) -> None:
    server = start_server()
    address = leave_files(server, 5)
    with ExitStack() as sockets:
        for _ in range(30):
            sockets.enter_context(socket.create_connection(address))
        server.puts_out("Connections are refused")
    assert server.output.count("Connections are refused") == 1


def test_a_limit_below_what_the_settings_allow_is_told_at_the_start(start_server: Start) -> None:
    server = start_server(ADDRESS_HANDSHAKES_AT_ONCE="10000000")
    server.puts_out("The file limit of this process is")
    server.puts_out("needs 10000084")


def test_the_last_files_are_for_whoever_asks_how_the_process_is(start_server: Start) -> None:
    server = start_server()
    url = f"http://{server.address()}"
    address = leave_files(server, 20)
    with ExitStack() as silent:
        for _ in range(10):
            silent.enter_context(socket.create_connection(address))
        assert call("GET", f"{url}/readyz").status_code == 200
        refused = call("GET", f"{url}/page")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        with socket.create_connection(address) as knocking:
            knocking.sendall(b"GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n")
            assert knocking.recv(64).startswith(b"HTTP/1.1 503")
    server.puts_out("Connections are refused")
    assert server.output.count("Connections are refused") == 1
