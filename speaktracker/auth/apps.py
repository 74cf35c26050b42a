from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    """Who somebody is; the label differs from that of django.contrib.auth."""

    name = "speaktracker.auth"
    label = "identity"
    verbose_name = _("Sign-ins")

    def ready(self) -> None:
        from speaktracker.auth import openapi_security  # noqa: F401 - registers itself
        from speaktracker.auth.shared_computers import receivers as shared_computers
        from speaktracker.auth.validity import held_sign_ins, receivers

        del held_sign_ins, receivers, shared_computers  # importing them connected what they do
