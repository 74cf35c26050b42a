"""The ASGI entry point: HTTP and the socket."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speaktracker.settings")

application = get_asgi_application()
