"""What watches the process: is it alive, may it have traffic, how is it doing."""

import asyncio
from typing import Any

from channels.layers import get_channel_layer
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from speaktracker import db, drain_state, env, metrics
from speaktracker.exceptions import Unavailable
from speaktracker.persistence.health import MirrorHealth, mirror_health

TIMEOUT_SECONDS = 3
OK, AWAY, DEGRADED, DRAINING = "ok", "unavailable", "degraded", "draining"


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
        parts["mirror"] = (await _mirror()).state
    else:
        return JsonResponse({"status": AWAY, "parts": parts}, status=503)
    status = DEGRADED if DEGRADED in parts.values() else OK
    return JsonResponse({"status": status, "parts": parts})


@never_cache
async def prometheus(_request: HttpRequest) -> HttpResponse:
    """Answer the metrics of all processes with PROMETHEUS_MULTIPROC_DIR, else of this one."""
    mirror = await _mirror()
    metrics.mirror_stands(mirror.lag_seconds, mirror.backlog)
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)


async def database_state() -> str:
    """Say whether the database answers in time."""

    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await db.read(ask)
    except (Unavailable, TimeoutError, DatabaseError):
        return AWAY
    return OK


async def _mirror() -> MirrorHealth:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await db.read(mirror_health)
    except (Unavailable, TimeoutError, DatabaseError):
        return MirrorHealth("degraded", trouble="The database did not answer.")


def registry() -> CollectorRegistry:
    """Return the metrics of all processes where they share a folder, else of this one."""
    if not env.text("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return shared
