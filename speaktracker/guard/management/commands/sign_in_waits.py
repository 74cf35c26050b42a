"""manage.py sign_in_waits: who has to wait after wrong passwords, and an end of it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from speaktracker.guard import selectors, services


class Command(BaseCommand):
    help = "List whose passwords did not match in the last two hours; with --clear, forget it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "who",
            nargs="*",
            metavar="WHO",
            help="e-mail addresses of people, or addresses of the network to --clear",
        )
        parser.add_argument(
            "--clear", action="store_true", help="let WHO try again at once, whatever failed"
        )

    def handle(self, *_: Any, who: list[str], clear: bool, **options: Any) -> None:
        """Print a line for each: address, failures, seconds to wait from a strange address."""
        if clear and not who:
            raise CommandError("Say whose wait is to end: an e-mail address or a network address.")
        if clear:
            self.stdout.write(f"{services.clear_waits(who)} failures forgotten")
            return
        for email in who or selectors.emails_with_failures():
            failures, seconds = selectors.failures_and_wait(email)
            self.stdout.write(f"{email}  failures={failures}  wait={seconds:.0f}s")
