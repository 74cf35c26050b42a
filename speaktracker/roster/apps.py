from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RosterConfig(AppConfig):
    name = "speaktracker.roster"
    label = "roster"
    verbose_name = _("People")

    def ready(self) -> None:
        """Connect the receivers that announce changes."""
        from speaktracker.roster import receivers  # noqa: F401
