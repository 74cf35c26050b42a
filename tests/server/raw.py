"""A client that is nothing but bytes on a TCP connection."""

import os
import socket
import struct
import time
from types import TracebackType


class RawSocket:
    """Shakes hands by hand; reads only when told to."""

    def __init__(self, address: str, path: str, receive_buffer: int | None = None) -> None:
        host, port = address.split(":")
        self.tcp = socket.socket()
        if receive_buffer:
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.tcp.settimeout(30)
        self._bytes = b""
        try:
            self._shake_hands(host, int(port), path)
        except BaseException:
            self.tcp.close()
            raise

    def _shake_hands(self, host: str, port: int, path: str) -> None:
        self.tcp.connect((host, port))
        self.tcp.sendall(
            f"GET /{path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self._bytes:
            self._bytes += self._read()
        self.answer, self._bytes = self._bytes.split(b"\r\n\r\n", 1)

    def __enter__(self) -> "RawSocket":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.tcp.close()

    def send(self, payload: bytes, opcode: int = 1) -> None:
        self.tcp.sendall(masked(payload, opcode))

    def frame(self) -> tuple[int, bytes]:
        """Read one frame: its opcode and payload; ConnectionError at the end."""
        opcode, size = self._take(2)
        size &= 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._take(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._take(8))
        return opcode & 0x0F, self._take(size)

    def close_frame(self, seconds: float = 30) -> tuple[int, str]:
        """Read on until a close frame comes; return its code and reason."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            opcode, payload = self.frame()
            if opcode == 8:
                return int.from_bytes(payload[:2], "big"), payload[2:].decode()
        raise AssertionError("No close frame came.")

    def is_gone(self) -> bool:
        """Read on until the connection ends."""
        try:
            while True:
                self._read()
        except ConnectionError:
            return True

    def _take(self, size: int) -> bytes:
        while len(self._bytes) < size:
            self._bytes += self._read()
        taken, self._bytes = self._bytes[:size], self._bytes[size:]
        return taken

    def _read(self) -> bytes:
        data = self.tcp.recv(65_536)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


def masked(payload: bytes, opcode: int = 1, *, final: bool = True) -> bytes:
    """Make a client's frame."""
    size, mask = len(payload), os.urandom(4)
    head = bytes([(0x80 if final else 0) | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65_536:
        head += b"\xfe" + struct.pack("!H", size)
    else:
        head += b"\xff" + struct.pack("!Q", size)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
