"""The user pool as a Django application: whose accounts at the pool are whose."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CognitoConfig(AppConfig):
    name = "speaktracker.cognito"
    label = "cognito"
    verbose_name = _("Cognito accounts")

    def ready(self) -> None:
        from speaktracker.cognito import held_accounts, receivers

        del held_accounts, receivers  # importing them connected what they do
