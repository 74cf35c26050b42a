"""`manage.py create_tables`: makes what the mirror needs in DynamoDB."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from speaktracker.persistence.backends import dynamodb_from_settings
from speaktracker.persistence.base import StoreUnavailable


class Command(BaseCommand):
    help = "Make the DynamoDB tables with their indexes and time to live; safe to repeat."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            done = []
            for sentence in dynamodb_from_settings().ensure_tables():
                done.append(sentence)
                self.stdout.write(sentence)
        except StoreUnavailable as trouble:
            raise CommandError(str(trouble)) from None
        if not done:
            self.stdout.write("Every table is there, with its indexes and time to live.")
