"""manage.py seed_demo: people to try the product with."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from speaktracker.roster import demo_people


class Command(BaseCommand):
    help = (
        "Add demo tutors, students (round robin) and an admin. Repeating it changes nothing;"
        " higher numbers add people."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tutors", type=int, default=3, metavar="M")
        parser.add_argument("--students", type=int, default=12, metavar="N")

    def handle(self, *_: Any, tutors: int, students: int, **options: Any) -> None:
        """Seed, and say what was added and how to sign in."""
        if tutors < 1 or students < 0:
            raise CommandError("--tutors must be at least 1 and --students at least 0.")
        if settings.PUBLIC_URL.startswith("https://"):
            self.stderr.write(
                f"Warning: {settings.PUBLIC_URL} now has an admin whose password everybody knows."
            )

        def report(done: int, of: int) -> None:
            if of > demo_people.BATCH:
                end = "\n" if done == of else ""
                self.stderr.write(f"\r{done:,} of {of:,} people added", ending=end)
                self.stderr.flush()

        try:
            added = demo_people.seed(tutors, students, report)
        except demo_people.AddressTaken as taken:
            raise CommandError(f"{taken} Rename or delete that user, then try again.") from None
        if added.people:
            self.stdout.write(f"Added {added.people} people and {added.mappings} mappings.")
        else:
            self.stdout.write("Everybody is there already; nothing was changed.")
        self.stdout.write(
            f"Sign in as {demo_people.ADMIN}, tutor1@example.com … or student1@example.com …"
            f" with the password {demo_people.PASSWORD}"
        )
