from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Who somebody is; the label differs from that of django.contrib.auth."""

    name = "speaktracker.auth"
    label = "identity"

    def ready(self) -> None:
        from speaktracker.auth import openapi_security  # noqa: F401 - registers itself
