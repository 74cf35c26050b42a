"""Start the server as `manage.py serve` does, with options no environment variable changes."""

import dataclasses
import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from speaktracker.server.asgi_server import ClassroomServer  # noqa: E402
from speaktracker.server.bound_sockets import address_of, bound_socket  # noqa: E402
from speaktracker.server.server_options import server_options_from_environment  # noqa: E402
from tests.server.application import application  # noqa: E402

options = dataclasses.replace(server_options_from_environment(), **json.loads(sys.argv[1]))
listening = bound_socket("127.0.0.1", 0)
address = address_of(listening)
ClassroomServer(application, options).serve(
    listening,
    lambda: print(f"Listening on {address}", flush=True),  # noqa: T201
)
