from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RosterConfig(AppConfig):
    name = "speaktracker.roster"
    label = "roster"
    verbose_name = _("People")

    def ready(self) -> None:
        """Connect the receivers that announce changes, and that erase people."""
        from speaktracker.roster import receivers
        from speaktracker.roster.erasure import admin_log, roster_holdings

        del receivers, admin_log, roster_holdings  # importing them connected what they do
