"""manage.py issue_token: an access token for one person, to try the API and the socket with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from speaktracker.auth import tokens
from speaktracker.db import database_clock
from speaktracker.roster.selectors import person_by_email


class Command(BaseCommand):
    help = "Print an access token (JWT) for the person with this e-mail address, as the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *_: Any, email: str, **options: Any) -> None:
        """Print the token; an unknown or deactivated person ends with one sentence and exit 1."""
        person = person_by_email(email)
        if person is None:
            raise CommandError(f"Nobody has the address {email}; `seed_demo` adds some.")
        if not person.is_active:
            raise CommandError(f"{person.email} is deactivated: a token would be refused.")
        database_clock.follow()  # or servers would refuse what is dated by another clock
        self.stdout.write(tokens.issue(person))
