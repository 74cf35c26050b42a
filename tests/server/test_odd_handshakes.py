"""What is optional in a handshake never decides over the whole of it."""

import socket
from collections.abc import Iterator

import pytest

from speaktracker.server.websocket.compression import readable_offers
from tests.server.process import ServerProcess

HANDSHAKE = (
    "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
)

ODD = [
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99",
    "Sec-WebSocket-Extensions: permessage-deflate; mode=turbo",
    "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits",
    "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover=1",
    "Sec-WebSocket-Extensions: permessage-deflate; a; a",
    "Sec-WebSocket-Extensions: x-webkit-deflate-frame, bbf-usp-protocol",
    'Sec-WebSocket-Extensions: foo; bar="a, b"; baz',
    "Sec-WebSocket-Extensions: ,,;;==",
    "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Extensions: permessage-bzip2",
    "Accept-Language: \xff\xfe;q=x,,*;q=9",
    "Cookie: =;;=;\x01\r\nCookie: ,",
    "User-Agent:",
    "Accept-Encoding: nonsense;q=nonsense",
    "Sec-WebSocket-Protocol: a, a",
    "Sec-WebSocket-Protocol: , ,",
    "Origin: capacitor://localhost",
    "Origin: file://",
    "Origin: null",
    "Origin: not an origin",
]


pytestmark = pytest.mark.xdist_group("server-handshakes")


@pytest.fixture(scope="module", params=["0", "1"], ids=["plain", "compressing"])
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A server with and without compression."""
    server = ServerProcess(tmp_path_factory.mktemp("odd"), WEBSOCKET_COMPRESSION=request.param)
    yield server.address()
    server.clean_up()


def first_line(address: str, headers: str) -> str:
    """Shake hands with `headers` more and return the first line of the answer."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as tcp:
        tcp.sendall(f"{HANDSHAKE}{headers}\r\n\r\n".encode("latin1"))
        return tcp.makefile("rb").readline().decode().strip()


@pytest.mark.parametrize("headers", ODD)
def test_a_socket_opens_without_the_extra_that_is_odd(address: str, headers: str) -> None:
    assert first_line(address, headers) == "HTTP/1.1 101 Switching Protocols"


@pytest.mark.parametrize(
    "headers",
    [
        "User-Agent: one\r\nOrigin: http://localhost:8000\r\nAccept-Language: ko-KR,ko;q=0.9",
        "Origin: null\r\nSec-WebSocket-Protocol: speaktracker.v1, bearer.a.b",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nCookie: a=1; b=2",
        "X-Forwarded-For: 10.0.0.1, 10.0.0.2\r\nX-Forwarded-Proto: https",
    ],
)
def test_a_handshake_that_is_read_once_means_what_the_libraries_read(
    address: str, headers: str
) -> None:
    # A name with an underscore reaches no application, and is why the second goes the long way.
    assert all_said(address, headers) == all_said(address, f"{headers}\r\nX_Odd: 1")


def all_said(address: str, headers: str) -> bytes:
    """Shake hands with the application that says its scope, and return all that comes."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as tcp:
        told = HANDSHAKE.replace("/echo", "/told?token=a%20b&lang=ko")
        tcp.sendall(f"{told}{headers}\r\n\r\n".encode())
        said = tcp.makefile("rb")
        head = b"".join(iter(said.readline, b"\r\n"))
        size = said.read(4)
        return head + said.read(int.from_bytes(size[2:], "big"))


@pytest.mark.parametrize(
    ("offered", "readable"),
    [
        ("permessage-deflate", "permessage-deflate"),
        ("permessage-deflate; mode=turbo, permessage-deflate", "permessage-deflate"),
        ("Permessage-Deflate;client_max_window_bits", "Permessage-Deflate;client_max_window_bits"),
        ('permessage-deflate; server_max_window_bits="10"',) * 2,
        ("permessage-deflate; server_max_window_bits=8", ""),
        ("permessage-deflate; client_max_window_bits; client_max_window_bits=9", ""),
        ("", ""),
    ],
)
def test_offers_that_cannot_be_met_are_passed_over(offered: str, readable: str) -> None:
    assert readable_offers(offered) == readable
