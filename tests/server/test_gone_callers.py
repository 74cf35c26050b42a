"""A request goes on when its caller has gone, and the sweeps look after it."""

import socket

from tests.server.conftest import Start


def test_a_request_outlives_its_caller_for_a_while(start_server: Start) -> None:
    server = start_server()
    host, port = server.address().split(":")
    with socket.create_connection((host, int(port)), timeout=30) as caller:
        caller.sendall(b"GET /lasting HTTP/1.1\r\nHost: localhost\r\n\r\n")
        server.noted("asked")
    server.noted("over")
    assert "could not be looked after" not in server.output
