"""The mirror as a Django application: its tables, its admin page and its start-up check."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersistenceConfig(AppConfig):
    name = "speaktracker.persistence"
    label = "persistence"
    verbose_name = _("Mirror")

    def ready(self) -> None:
        from speaktracker.persistence import checks  # noqa: F401
