"""What watches the process: is it alive, may it have traffic, how is it doing.

Machines ask, by whatever address or name they have: these answer before anything that is meant for
people, such as the check of the Host header or the redirect to https.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from channels.layers import get_channel_layer
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from realtime.per_process.process_state import this_process
from speaktracker import db, drain_state, env, metrics
from speaktracker.exceptions import Unavailable
from speaktracker.persistence.health import MirrorHealth, mirror_health

View = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

TIMEOUT_SECONDS = 3
TAKES_WRITES = {
    "postgresql": (
        "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'"
    ),
    "sqlite": "SELECT NOT query_only FROM pragma_query_only",
}
# What stays as it was read last while the database is away.
MIRROR_FIGURES = b"speaktracker_mirror_"
_mirror_was_read = False
OK, AWAY, DEGRADED, DRAINING = "ok", "unavailable", "degraded", "draining"


@async_only_middleware
def probes_middleware(get_response: View) -> View:
    """Answer the probes, with and without a trailing slash, and leave the rest to Django."""

    async def answer(request: HttpRequest) -> HttpResponseBase:
        probe = probe_of(request.path_info)
        if probe is None:
            return await get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(("GET", "HEAD"))
        return await probe(request)

    return answer


@never_cache
async def healthz(_request: HttpRequest) -> JsonResponse:
    """Say that the process answers."""
    return JsonResponse({"status": OK})


@never_cache
async def readyz(_request: HttpRequest) -> JsonResponse:
    """Say whether to send traffic here: 503 only while draining or without the database."""
    if drain_state.is_draining():
        return JsonResponse({"status": DRAINING}, status=503)
    layer: Any = get_channel_layer()
    healthy = getattr(layer, "healthy", True)  # other layers do not say
    parts = {"database": await database_state(), "channel_layer": OK if healthy else DEGRADED}
    if parts["database"] == OK:
        mirror = await _mirror()
        parts["mirror"] = mirror.state if mirror else DEGRADED
    else:
        return JsonResponse({"status": AWAY, "parts": parts}, status=503)
    status = DEGRADED if DEGRADED in parts.values() else OK
    return JsonResponse({"status": status, "parts": parts})


@never_cache
async def prometheus(_request: HttpRequest) -> HttpResponse:
    """Answer the metrics of all processes with PROMETHEUS_MULTIPROC_DIR, else of this one."""
    global _mirror_was_read  # noqa: PLW0603 - of this process
    mirror = await _mirror()
    if mirror is not None:
        metrics.mirror_stands(mirror.lag_seconds, mirror.backlog)
        _mirror_was_read = True
    text = generate_latest(registry())
    if not _mirror_was_read:  # no figure at all, where a zero would end an alert
        lines = text.splitlines(keepends=True)
        text = b"".join(line for line in lines if not line.startswith(MIRROR_FIGURES))
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


PROBES: Mapping[str, View] = {"/healthz": healthz, "/readyz": readyz, "/metrics": prometheus}


def probe_of(path: str) -> View | None:
    """Find the probe that answers at `path`, with and without a trailing slash."""
    return PROBES.get(path.removesuffix("/"))


def is_probe(path: str) -> bool:
    """Tell whether a probe answers at `path`: it waits for nothing."""
    return probe_of(path) is not None


async def database_state() -> str:
    """Say whether the database answers in time, and takes what is written."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            takes_writes = await db.read(database_takes_writes)
    except (Unavailable, TimeoutError, DatabaseError):
        return AWAY
    # A full disk shows only where something is written, as the lease is every five seconds.
    return OK if takes_writes and this_process().lease.is_written else AWAY


def database_takes_writes() -> bool:
    """Ask the database whether it is one to write to: no standby, not read-only; blocks."""
    with connection.cursor() as cursor:
        cursor.execute(TAKES_WRITES[connection.vendor])
        return bool(cursor.fetchone()[0])


async def _mirror() -> MirrorHealth | None:
    """Ask how the mirror is doing; None while the database does not answer."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await db.read(mirror_health)
    except (Unavailable, TimeoutError, DatabaseError):
        return None


def registry() -> CollectorRegistry:
    """Return the metrics of all processes where they share a folder, else of this one."""
    if not env.text("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return shared
