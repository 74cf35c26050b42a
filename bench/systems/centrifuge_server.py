"""Centrifuge, the Go library inside Centrifugo, and how its clients frame what they say."""

import json
from pathlib import Path

from picows import WSMsgType, WSTransport

from bench.systems.child_servers import ChildServer, free_port
from bench.systems.client_sockets import ClientSocket, Frame
from bench.systems.connector import Connector
from bench.systems.peer_tokens import peer_environment, sign_tokens
from bench.systems.product import ROOT
from bench.systems.system import Started


class CentrifugeSocket(ClientSocket):
    """The same in Centrifuge's JSON: a command to connect, then messages, which have method 8."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the transport and say who it is."""
        super().on_ws_connected(transport)
        command = b'{"id":1,"params":{"token":"%s"}}' % self._token.encode()
        transport.send(WSMsgType.TEXT, command)

    def send_status(self, body: bytes) -> None:
        """Send a status as a message, which has no reply."""
        assert self.transport is not None
        message = b'{"method":8,"params":{"data":{"type":"status",%s}}' % body[1:]
        self.transport.send(WSMsgType.TEXT, message)

    @staticmethod
    def frames_in(payload: bytes) -> list[Frame]:
        """Read each line: it joins up to four frames that wait."""
        return [json.loads(line)["result"]["data"]["data"] for line in payload.splitlines()]


class CentrifugeConnector(Connector):
    """Our own path, in its framing."""

    kind = CentrifugeSocket


def start(program: Path, valkey_port: int, folder: Path) -> Started:
    """Start the program that `make bench` has built."""
    port = free_port()
    environment = peer_environment(valkey_port, ROOT)
    words: list[str | Path] = [program, str(port), str(valkey_port)]
    server = ChildServer(words, port, folder / "server.log", environment)
    return Started(server, sign_tokens, CentrifugeConnector(port))
