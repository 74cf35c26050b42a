"""A handshake is read once where it is plain, and means the same as when the libraries read it."""

import resource
from types import SimpleNamespace
from typing import Any

import pytest
from autobahn.websocket.protocol import WebSocketServerProtocol
from twisted.internet.task import Clock

from speaktracker.server.asgi_server import ClassroomServer
from speaktracker.server.first_bytes import FirstBytesFactory
from speaktracker.server.http_requests import HEAD_SECONDS, LAST_FILES_SECONDS, RequestFactory
from speaktracker.server.server_options import ServerOptions
from speaktracker.server.websocket.lean_socket import UNTOUCHED, UnawaitedFuture
from speaktracker.server.websocket.upgrade_head import LONGEST, read_upgrade
from tests.server.test_slow_requests import FileTransport, drips
from tests.server.wire import accepting

LINES = (
    "Host: localhost:8000",
    "Upgrade: websocket",
    "Connection: keep-alive, Upgrade",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Version: 13",
)


def head(*more: str, target: str = "/ws/?token=a.b-c", without: str = "-") -> bytes:
    """Write a handshake with other lines."""
    lines = [line for line in LINES if not line.startswith(without)]
    return "\r\n".join((f"GET {target} HTTP/1.1", *lines, *more, "", "")).encode("latin1")


def test_a_plain_handshake_is_read() -> None:
    read = read_upgrade(head("Origin: https://a.example", "Sec-WebSocket-Protocol: x.v1, bearer.t"))
    assert read
    assert (read.path, read.query_string) == (b"/ws/", b"token=a.b-c")
    assert read.subprotocols == ["x.v1", "bearer.t"]
    assert (b"connection", b"keep-alive, Upgrade") in read.headers
    assert len(read.headers) == len(LINES) + 2


@pytest.mark.parametrize(
    "data",
    [
        head()[:-1],
        head() + b"\x81\x80aaaa",
        head().replace(b"GET", b"POST"),
        head().replace(b"HTTP/1.1", b"HTTP/1.0"),
        head().replace(b"\r\n", b"\n"),
        *(head(without=line.partition(":")[0]) for line in LINES),
        *(head(target=target) for target in ("//a/ws/", "/ws/;a", "/ws/#a", "http://a/ws/", "*")),
        head("Host: localhost"),
        head("Cookie: a=1", "cookie: b=2"),
        head("X-A: b", " folded"),
        head("X_A: b"),
        head("X-A : b"),
        head("X-A: \xe9"),
        head("X-A: b\tc"),
        head("X-A:"),
        head("Content-Length: 1"),
        head("Transfer-Encoding: chunked"),
        head("Expect: 100-continue"),
        head("Daphne-Root-Path: /a"),
        head("Origin: not an origin"),
        head("Origin: http://a:99999"),
        head("Sec-WebSocket-Extensions: permessage-deflate; mode=turbo"),
        head("Sec-WebSocket-Protocol: a, a"),
        head("Sec-WebSocket-Protocol: a,b"),
        head("Sec-WebSocket-Protocol: a%2Cb"),
        head("Sec-WebSocket-Key: short", without="Sec-WebSocket-Key"),
        head("Sec-WebSocket-Version: 8", without="Sec-WebSocket-Version"),
        head("Host: a:b", without="Host"),
        head(f"X-A: {'a' * LONGEST}"),
        head(*(f"X-{number}: a" for number in range(101))),
    ],
)
def test_whatever_is_odd_is_left_to_the_libraries(data: bytes) -> None:
    assert read_upgrade(data) is None


def test_a_new_socket_has_what_autobahn_would_give_it() -> None:
    factory = ClassroomServer(accepting, ServerOptions()).ws_factory
    given: Any = SimpleNamespace(
        factory=factory, CONFIG_ATTRS=[], trackTimings=False, openHandshakeTimeout=0
    )
    given.log = SimpleNamespace(debug=lambda *_args, **_named: None)
    given.setTrackTimings = lambda _wanted: None
    super(WebSocketServerProtocol, WebSocketServerProtocol)._connectionMade(given)
    made = factory.protocol()
    own = {"utf8validator", "trafficStats", "send_queue"}
    for name in given.__dict__.keys() - own - {"factory", "CONFIG_ATTRS", "log", "setTrackTimings"}:
        assert getattr(made, name) == getattr(given, name), name
    for name in WebSocketServerProtocol.CONFIG_ATTRS:
        assert getattr(made, name) == getattr(factory, name), name
    assert own <= UNTOUCHED.keys()
    assert isinstance(made.is_closed, UnawaitedFuture)
    assert vars(made) == {}


@pytest.fixture
def clock() -> Clock:
    return Clock()


def connected(clock: Clock, number: int) -> Any:
    """Connect by a file of this number; what comes is what the connection has become."""
    server = SimpleNamespace(protocol_connected=print, protocol_disconnected=print)
    http = RequestFactory(server)
    http.reactor = clock
    sockets: Any = SimpleNamespace(options=ServerOptions())
    factory = FirstBytesFactory(http, sockets, clock.seconds)
    transport: Any = FileTransport(number)
    made: Any = factory.buildProtocol(None)
    transport.protocol = made
    made.makeConnection(transport)
    return transport.protocol


def test_who_says_nothing_ends(clock: Clock) -> None:
    silent = connected(clock, 20)
    clock.advance(HEAD_SECONDS - 1)
    silent.factory.end_silent()
    assert not silent.transport.disconnecting
    clock.advance(1)
    silent.factory.end_silent()
    assert silent.transport.disconnecting


def test_a_head_that_begins_late_has_what_is_left_of_its_time(clock: Clock) -> None:
    late = connected(clock, 20)
    clock.advance(HEAD_SECONDS - 6)
    late.dataReceived(b"GET / HTTP/1.1\r\n")
    assert not late.factory.silent
    assert drips(clock, late.transport.protocol, b"X-A: b\r\n", 8)


def test_who_has_one_of_the_last_files_is_http_s_at_once(clock: Clock) -> None:
    last = connected(clock, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1)
    clock.advance(LAST_FILES_SECONDS)
    assert last.transport.disconnecting
