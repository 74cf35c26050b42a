"""The ASGI entry point: HTTP and the socket, and the background from the process's start.

Stock daphne tells nobody of its start: there the first request or socket starts the background.
"""

import asyncio
import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speaktracker.settings")

_http = get_asgi_application()  # sets Django up, which the imports below need

from django.conf import settings  # noqa: E402
from django.core.signals import request_started  # noqa: E402
from django.db import close_old_connections, reset_queries  # noqa: E402

from realtime.routing import router  # noqa: E402
from speaktracker import logs  # noqa: E402
from speaktracker.background import background  # noqa: E402
from speaktracker.http.bearer_calls import BearerHandler, is_bearer_call  # noqa: E402
from speaktracker.http.repeated_headers import merged  # noqa: E402
from speaktracker.http.request_threads import own_thread  # noqa: E402
from speaktracker.management_api.application import ManagementCall, path_of  # noqa: E402
from speaktracker.probes import is_probe  # noqa: E402

# Each request would change its thread for them before it begins. A thread's connections are looked
# at when its last request ends, and a list of queries is kept by DEBUG alone, which bounds it.
request_started.disconnect(close_old_connections)
request_started.disconnect(reset_queries)
logs.write_in_thread(settings.LOG_QUEUE_BYTES)
_by_token = BearerHandler()
_sockets = router()
_begun_in: asyncio.AbstractEventLoop | None = None


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serve one HTTP request, one socket, or the life of the process where the server tells it."""
    global _begun_in  # noqa: PLW0603 - the loop whose background has begun
    if (loop := asyncio.get_running_loop()) is not _begun_in:
        background()
        _begun_in = loop
    if "headers" in scope:
        scope["headers"] = merged(scope["headers"])
    if scope["type"] == "websocket":
        await background().begun()
        await _sockets(scope, receive, send)
    elif scope["type"] == "http":
        if (path := path_of(scope)) is not None:
            await ManagementCall(scope, path).serve(receive, send)
            return
        if not is_probe(scope["path"]):
            await background().begun()
        if is_bearer_call(scope["path"], scope["headers"]):
            await _by_token(scope, receive, send)
            return
        async with own_thread():
            await _http(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _live(receive, send)
    else:
        raise ValueError(f"scope type {scope['type']!r} is not served here")


async def _live(receive: Any, send: Any) -> None:
    ended = False
    while not ended:
        message = await receive()
        ended = message["type"] == "lifespan.shutdown"
        if ended:
            await background().stop()
        await send({"type": f"{message['type']}.complete"})
