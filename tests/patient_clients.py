"""The only way of tests to a real server, by HTTP and by WebSocket: patient on a busy machine.

httpx gives an answer five seconds and websockets a handshake ten, which a machine that starts
other servers meanwhile does not always meet. Nobody asks a proxy or trusts an authority here.
"""

import ssl
from http.client import HTTPConnection
from typing import Any

import httpx
from websockets.asyncio.client import connect as _connect
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as _connect_at_once

PATIENCE_SECONDS = 60
Line = HTTPConnection
_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# Loading the authorities of the web costs more than a call does, and each client would do it.
_HTTP = {"timeout": PATIENCE_SECONDS, "trust_env": False, "verify": _NOBODY}
_SOCKET = {"open_timeout": PATIENCE_SECONDS, "proxy": None, "ping_interval": None}


def http_client(**options: Any) -> httpx.AsyncClient:
    """Make a client; `options` are those of httpx."""
    return httpx.AsyncClient(**{**_HTTP, **options})


def blocking_client(**options: Any) -> httpx.Client:
    """Make a client that blocks; `options` are those of httpx."""
    return httpx.Client(**{**_HTTP, **options})


def call(method: str, address: str, **options: Any) -> httpx.Response:
    """Make one call and wait for its answer, whatever it is."""
    return httpx.request(method, address, **{**_HTTP, **options})


def connect(address: str, **options: Any) -> _connect:
    """Open a socket, by `await` or `async with`; it pings nobody, since the server does."""
    return _connect(address, **{**_SOCKET, **options})


def blocking_connect(address: str, **options: Any) -> ClientConnection:
    """Open a socket that blocks, by `with`."""
    opened: ClientConnection = _connect_at_once(address, **{**_SOCKET, **options})
    return opened


def kept_line(port: int) -> Line:
    """Make a connection to 127.0.0.1 that carries one call after another, as they are written."""
    return HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
