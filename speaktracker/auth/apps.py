from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Makes `issue_token` known; the label differs from that of django.contrib.auth."""

    name = "speaktracker.auth"
    label = "identity"
