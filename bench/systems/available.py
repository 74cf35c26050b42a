"""The systems that are compared, and which of them can run on this machine."""

import shutil
from collections.abc import Collection
from functools import partial

from bench.systems import (
    bun_server,
    centrifuge_server,
    naive_channels,
    nchan_server,
    original_design,
    socketio_servers,
)
from bench.systems.product import ENCRYPTED, OURS, QUIET, ROOT
from bench.systems.system import System

OUT = ROOT / "var" / "bench"
NODE_MODULES = OUT / "node" / "node_modules"
CENTRIFUGE_PROGRAM = OUT / "centrifuge"

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
# As Socket.IO's adapter and ours: own sockets first, then Redis for the other processes.
BUN = System(
    "bun",
    "Bun, own sockets first, + Redis",
    bun_server.starter(NODE_MODULES, "own-first"),
    is_target=True,
)
# As Centrifuge: every frame through Redis. Its handshakes and memory are those of `bun`.
BUN_REDIS = System(
    "bun-redis",
    "Bun, all through Redis",
    bun_server.starter(NODE_MODULES, "redis"),
    parts=_STATUS_WORKS | {"feedback"},
)
CENTRIFUGE = System(
    "centrifuge",
    "Centrifuge + Redis broker",
    partial(centrifuge_server.start, CENTRIFUGE_PROGRAM),
    is_target=True,
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
PEERS = (
    *(NAIVE, NAIVE_CORE, SOCKETIO, SOCKETIO_PYTHON, BUN, BUN_REDIS, CENTRIFUGE, NCHAN),
    ORIGINAL,
)
PEER_KEYS = tuple(peer.key for peer in PEERS)


def missing() -> dict[str, str]:
    """Name the peers that cannot run here, by their keys: each with what to install, and how."""
    again = "then run this again"
    found = {}
    if not (shutil.which("node") and (NODE_MODULES / "socket.io").is_dir()):
        found[SOCKETIO.key] = f"Socket.IO: install node and npm, {again}"
    if not bun_server.program(NODE_MODULES).exists():
        found[BUN.key] = f"Bun: install npm, which brings it, {again}"
        found[BUN_REDIS.key] = "Bun, all through Redis: as Bun"
    if not CENTRIFUGE_PROGRAM.exists():
        found[CENTRIFUGE.key] = (
            "Centrifuge: install Go and the library's sources, the packages of Debian that "
            f"docs/performance.md names, {again}"
        )
    if nchan_server.module() is None:
        found[NCHAN.key] = f"nchan: install nginx and Debian's libnginx-mod-nchan, {again}"
    if not original_design.is_installed(NODE_MODULES):
        found[ORIGINAL.key] = f"the original design: install node and npm, {again}"
    return found


def available(wanted: Collection[str]) -> list[System]:
    """List ours, and those of the peers named in `wanted` that can run here; say what cannot."""
    away = missing()
    for key in PEER_KEYS:
        if key in wanted and key in away:
            print(f"Left out: {away[key]}.")
    peers = [peer for peer in PEERS if peer.key in wanted and peer.key not in away]
    return [OURS, ENCRYPTED, QUIET, *peers]
