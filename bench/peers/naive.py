# ruff: noqa: E402 - Django must be set up before what stands on it
"""Naive Channels: the same job as the tutorial would do it, served by stock daphne.

One AsyncJsonWebsocketConsumer, channels-redis (BENCH_LAYER is `pubsub` or `core`), JWT at the
handshake, a Django view that stores feedback and pushes it. No records of connections,
no limits, no logs.
"""

import json
import os
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import jwt
from django.conf import settings

PORT = os.environ["BENCH_REDIS_PORT"]
ADDRESS = f"redis://127.0.0.1:{PORT}/0"
LAYERS = {
    "pubsub": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [ADDRESS], "prefix": "naive-pubsub"},
    },
    "core": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # redis-py 8 gives up reading after 5 s, as long as this layer waits; and has 100 sockets.
        "CONFIG": {
            "hosts": [{"address": ADDRESS, "socket_timeout": 15, "max_connections": 10_000}],
            "prefix": "naive-core",
            "capacity": 1_000,
        },
    },
}
settings.configure(
    SECRET_KEY=os.environ["BENCH_KEY"],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["channels"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCH_DATABASE"]}
    },
    CHANNEL_LAYERS={"default": LAYERS[os.environ["BENCH_LAYER"]]},
    USE_TZ=True,
)

import django

django.setup()

from asgiref.sync import async_to_sync
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

STATUSES = ("studying", "idle", "paused", "finished")


def wire() -> str:
    """Write the time as the contract does."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def group(email: str) -> str:
    """Name the group of one person's sockets."""
    return "user." + email.replace("@", ".at.")


def claims_of(token: str) -> dict[str, Any]:
    """Verify a JSON Web Token."""
    return jwt.decode(token, settings.SECRET_KEY, algorithms=["HS256"])


class Classroom(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """A student's or a tutor's socket."""

    async def connect(self) -> None:
        """Verify, join the own group, say so."""
        headers = dict(self.scope["headers"])
        try:
            self.me = claims_of(headers[b"authorization"].decode().partition(" ")[2])
        except (KeyError, jwt.InvalidTokenError):
            await self.close(4401)
            return
        await self.channel_layer.group_add(group(self.me["email"]), self.channel_name)
        await self.accept()
        await self.send_json(
            {"type": "connection_success", "user_email": self.me["email"], "timestamp": wire()}
        )

    async def disconnect(self, _code: int) -> None:
        """Leave the group."""
        if hasattr(self, "me"):
            await self.channel_layer.group_discard(group(self.me["email"]), self.channel_name)

    async def receive_json(self, content: dict[str, Any], **_: Any) -> None:
        """Check a status and send it to the tutor's dashboards."""
        if content.get("type") != "status" or content.get("status") not in STATUSES:
            await self.send_json({"type": "message_error", "code": "INVALID_MESSAGE"})
            return
        frame = {
            "type": "dashboard",
            "action": "update",
            "target_tutor_email": self.me["tutor"],
            "data": {
                "student_email": self.me["email"],
                "status": content["status"],
                "current_sentence": content.get("current_sentence", ""),
                "progress": content.get("progress", 0),
                "last_update": wire(),
                "student_name": self.me["name"],
                "session_id": content["session_id"],
                "online": True,
                "version": time.time_ns() // 1000,
            },
        }
        await self.channel_layer.group_send(
            group(self.me["tutor"]), {"type": "forward", "frame": frame}
        )

    async def forward(self, event: dict[str, Any]) -> None:
        """Pass on what the layer brings."""
        await self.send_json(event["frame"])


def give_feedback(request: HttpRequest) -> JsonResponse:
    """Store one feedback and push it to the student."""
    me = claims_of(request.headers["Authorization"].partition(" ")[2])
    given = json.loads(request.body)
    frame = {
        "type": "feedback",
        "from": me["email"],
        **given,
        "timestamp": wire(),
        "message_id": str(uuid.uuid4()),
    }
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO feedback VALUES (%s)", [json.dumps(frame)])
    async_to_sync(get_channel_layer().group_send)(
        group(given["student_email"]), {"type": "forward", "frame": frame}
    )
    return JsonResponse(frame, status=201)


urlpatterns = [path("api/tutor/feedback", give_feedback)]
with connection.cursor() as _cursor:
    _cursor.execute("PRAGMA journal_mode=WAL")
    _cursor.execute("CREATE TABLE IF NOT EXISTS feedback (frame TEXT)")
connection.close()
application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter([path("ws/", Classroom.as_asgi())]),
    }
)
