"""The ASGI entry point: HTTP and the socket, and the background from the process's start.

Stock daphne tells nobody of its start: there the first request or socket starts the background.
"""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speaktracker.settings")

_http = get_asgi_application()  # sets Django up, which the imports below need

from realtime.routing import router  # noqa: E402
from speaktracker.background import background  # noqa: E402
from speaktracker.http.request_threads import own_thread  # noqa: E402

_sockets = router()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serve one HTTP request, one socket, or the life of the process where the server tells it."""
    if scope["type"] == "websocket":
        background()
        await _sockets(scope, receive, send)
    elif scope["type"] == "http":
        background()
        async with own_thread():
            await _http(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _live(receive, send)
    else:
        raise ValueError(f"scope type {scope['type']!r} is not served here")


async def _live(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            background()
        else:
            await background().stop()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
