from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PasswordsConfig(AppConfig):
    name = "speaktracker.passwords"
    label = "passwords"
    verbose_name = _("Passwords")

    def ready(self) -> None:
        from speaktracker.passwords import held_letters  # noqa: F401 - connects the signal
