"""A process that may open no more files says so, where nobody else would."""

import os
import resource
import socket
from contextlib import ExitStack

import pytest

from tests.server.conftest import Start

pytestmark = pytest.mark.e2e


def test_connections_that_no_file_is_left_for_have_a_line(start_server: Start) -> None:
    server = start_server()
    host, port = server.address().split(":")
    files = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (files + 5, 4096))
    with ExitStack() as sockets:
        for _ in range(30):
            sockets.enter_context(socket.create_connection((host, int(port))))
        server.puts_out("Connections are refused")
    assert server.output.count("Connections are refused") == 1


def test_a_limit_below_what_the_settings_allow_is_told_at_the_start(start_server: Start) -> None:
    server = start_server(ADDRESS_HANDSHAKES_AT_ONCE="10000000")
    server.puts_out("The file limit of this process is")
    server.puts_out("needs 10000084")
