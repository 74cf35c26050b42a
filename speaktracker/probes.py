"""What watches the process: is it alive, may it have traffic, how is it doing.

Machines ask, by whatever address or name they have: these answer before anything that is meant for
people, such as the check of the Host header or the redirect to https.
"""

import asyncio
import resource
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

from realtime.per_process.process_state import this_process
from realtime.presence.secret_key_fingerprints import key_trouble
from realtime.presence.server_leases import living_leases
from speaktracker import clock, db, drain_state, logs, metrics
from speaktracker.db.fitness.migration_state import migration_state
from speaktracker.db.fitness.taken_writes import READ_ONLY_TROUBLE, database_takes_writes
from speaktracker.db.outage import outage, reason_of
from speaktracker.exceptions import Unavailable
from speaktracker.http.probe_paths import HEALTHZ, METRICS, READYZ, probed_path
from speaktracker.metrics.folded_counts import FoldedCollector
from speaktracker.metrics.shared_folder import metrics_folder
from speaktracker.metrics.worker_processes import WorkerProcesses
from speaktracker.persistence.health import MirrorHealth, mirror_health
from speaktracker.server import file_limit
from speaktracker.server.file_limit import files_needed

View = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

TIMEOUT_SECONDS = 3
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
    """Say whether to send traffic here: 503 only while draining or without a database to work on.

    `reasons` says of each part that is not well why, `warnings` what else somebody should mend.
    """
    if drain_state.is_draining():
        return JsonResponse({"status": DRAINING}, status=503)
    reasons: dict[str, str] = {}
    if not channel_layer_is_healthy():
        layer: Any = get_channel_layer()
        said = getattr(layer, "trouble", "") or "no answer"
        reasons["channel_layer"] = f"Redis cannot be used: {said}"
    parts = {"channel_layer": DEGRADED if reasons else OK}
    trouble, warnings = await database_standing()
    if trouble:
        parts, reasons = {"database": AWAY, **parts}, {"database": trouble, **reasons}
        return JsonResponse({"status": AWAY, "parts": parts, "reasons": reasons}, status=503)
    mirror = await _mirror()
    parts = {"database": OK, **parts, "mirror": mirror.state if mirror else DEGRADED}
    if parts["mirror"] == DEGRADED:
        reasons["mirror"] = mirror.trouble if mirror else "The database did not say in time."
    answer = {"status": DEGRADED if DEGRADED in parts.values() else OK, "parts": parts}
    return JsonResponse({**answer, "reasons": reasons, "warnings": warnings + machine_warnings()})


@never_cache
async def prometheus(_request: HttpRequest) -> HttpResponse:
    """Answer the metrics of all workers, or of this process where it is alone."""
    global _mirror_was_read  # noqa: PLW0603 - of this process
    # Together, since a database that hangs has both wait, and Prometheus does not wait for long.
    (trouble, _), mirror = await asyncio.gather(database_standing(), _mirror())
    metrics.stores_stand(not trouble, channel_layer_is_healthy())
    metrics.redis_nodes_stand(getattr(get_channel_layer(), "nodes", {}))
    if mirror is not None:
        metrics.mirror_stands(mirror.lag_seconds, mirror.backlog, mirror.set_aside)
        _mirror_was_read = True
    text = generate_latest(registry())
    if not _mirror_was_read:  # no figure at all, where a zero would end an alert
        lines = text.splitlines(keepends=True)
        text = b"".join(line for line in lines if not line.startswith(MIRROR_FIGURES))
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


PROBES: Mapping[str, View] = {HEALTHZ: healthz, READYZ: readyz, METRICS: prometheus}


def probe_of(path: str) -> View | None:
    """Find the probe that answers at `path`, with and without a trailing slash."""
    return PROBES.get(probed_path(path) or "")


def is_probe(path: str) -> bool:
    """Tell whether a probe answers at `path`: it waits for nothing."""
    return probe_of(path) is not None


def channel_layer_is_healthy() -> bool:
    """Tell whether Redis can be used, as far as this process knows; others' layers do not say."""
    layer: Any = get_channel_layer()
    return bool(getattr(layer, "healthy", True))


async def database_standing() -> tuple[str, list[str]]:
    """Say why this release cannot work on the database, empty where it can; and what to mend."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            trouble, warnings = await db.read(_look_at_database)
    except TimeoutError:
        return outage.reason or f"The database did not answer within {TIMEOUT_SECONDS} s.", []
    except (Unavailable, DatabaseError) as error:
        # What began it says more than what came of it, such as a pool that was closed.
        return outage.reason or reason_of(error), []
    # A full disk shows only where something is written, as the lease is every five seconds, and
    # where that fits into what is there already, only to who writes more.
    lease = this_process().lease
    if not lease.is_written:
        trouble = trouble or lease.refusal
    return trouble or (outage.reason if outage.lacks_room else ""), warnings


def _look_at_database() -> tuple[str, list[str]]:
    """Ask what takes one short query each; of migrations nothing once all are there."""
    trouble = migration_state.trouble() if database_takes_writes() else READ_ONLY_TROUBLE
    if trouble:
        return trouble, []
    return "", list(filter(None, [key_trouble(living_leases())]))


def machine_warnings() -> list[str]:
    """Say what is wrong with this machine, as far as this process knows without asking."""
    needed = files_needed(settings.LIMITS.address_handshakes_at_once, settings.DATABASE_POOL_SIZE)
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = file_limit.trouble(limit, needed)
    found = [clock.trouble(), files, file_limit.refusals.trouble(), logs.trouble()]
    return list(filter(None, found))


async def _mirror() -> MirrorHealth | None:
    """Ask how the mirror is doing; None while the database does not answer."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await db.read(mirror_health)
    except (Unavailable, TimeoutError, DatabaseError):
        return None


def registry() -> CollectorRegistry:
    """Return the metrics of all processes where they share a folder, else of this one."""
    folder = metrics_folder()
    if folder is None:
        return REGISTRY
    shared = CollectorRegistry()
    shared.register(FoldedCollector(folder))
    shared.register(WorkerProcesses())
    return shared
