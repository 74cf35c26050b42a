"""The systems that are compared, and which of them can run on this machine."""

import shutil
from collections.abc import Collection
from functools import partial

from bench.systems import naive_channels, nchan_server, original_design, socketio_servers
from bench.systems.product import ENCRYPTED, OURS, ROOT
from bench.systems.system import System

OUT = ROOT / "var" / "bench"
NODE_MODULES = OUT / "node" / "node_modules"

_FANS = frozenset({"fan-1", "fan-10", "fan-100"})
_STATUS_WORKS = _FANS | {"each-1", "school", "hall-5", "hall-40"}

NAIVE = System(
    "naive",
    "naive Channels, pub/sub layer",
    naive_channels.starter("pubsub"),
    is_target=True,
)
# It saturates at a few hundred frames a second.
NAIVE_CORE = System(
    "naive-core",
    "naive Channels, core layer",
    naive_channels.starter("core"),
    parts=_FANS | {"feedback", "handshakes", "idle"},
)
SOCKETIO = System(
    "socketio",
    "Socket.IO + Redis adapter",
    partial(socketio_servers.start_on_node, NODE_MODULES),
    is_target=True,
)
SOCKETIO_PYTHON = System(
    "socketio-python", "python-socketio + Redis", socketio_servers.start_on_python
)
# It verifies nobody and knows no feedback.
NCHAN = System("nchan", "nginx nchan + Redis", nchan_server.start, parts=_STATUS_WORKS)
# It saturates at some fifty statuses a second.
ORIGINAL = System(
    "original",
    "original design, emulated",
    partial(original_design.start, NODE_MODULES),
    is_target=True,
    parts=frozenset({"fan-1", "feedback"}),
    rate_at_most=20,
)
PEERS = (NAIVE, NAIVE_CORE, SOCKETIO, SOCKETIO_PYTHON, NCHAN, ORIGINAL)


def available(wanted: Collection[str]) -> list[System]:
    """List ours, and those of the peers named in `wanted` that can run here; say what cannot."""
    missing = {}
    if not (shutil.which("node") and (NODE_MODULES / "socket.io").is_dir()):
        missing[SOCKETIO.key] = "Socket.IO, for want of node and npm"
    if nchan_server.module() is None:
        missing[NCHAN.key] = "nginx nchan, for want of nginx and its module nchan"
    if not original_design.is_installed(NODE_MODULES):
        missing[ORIGINAL.key] = "the original design, for want of node and npm"
    for key, what in missing.items():
        if key in wanted:
            print(f"Left out: {what}.")
    return [
        OURS,
        ENCRYPTED,
        *(peer for peer in PEERS if peer.key in wanted and peer.key not in missing),
    ]
