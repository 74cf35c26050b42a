"""manage.py end_year: switch a class off at the end of its year, or take that back."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from speaktracker.roster.models import YearEnd
from speaktracker.roster.selectors import person_by_email
from speaktracker.roster.year_end import services
from speaktracker.roster.year_end.selectors import students_of


class Command(BaseCommand):
    help = (
        "End the year of some students, or of all: they are switched off, and their accounts are"
        " deleted after a week unless --keep is said. --undo takes it back within that week."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--everybody", action="store_true", help="all students")
        whose.add_argument("--tutor", metavar="ADDRESS", help="the students of a tutor")
        whose.add_argument("--group", metavar="NAME", help="the students of a group")
        whose.add_argument("--undo", type=int, metavar="NUMBER", help="take an end back")
        parser.add_argument("--keep", action="store_true", help="keep the accounts, switched off")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *_: Any, **options: Any) -> None:
        """Say what happens and what is deleted when, ask, and do it."""
        if options["undo"] is not None:
            self._undo(options["undo"])
            return
        ending = services.Ending(
            self._tutor_of(options["tutor"]), options["group"] or "", not options["keep"]
        )
        ids = list(students_of(ending).values_list("pk", flat=True))
        if not ids:
            raise CommandError("There is no student of whom the year could end.")
        then = "are deleted for good" if ending.deletes else "stay, switched off"
        self.stdout.write(
            f"{len(ids)} students are switched off and signed out now. That can be undone for"
            f" {services.undo_time().days} days; then the accounts {then}."
        )
        if not options["yes"]:
            self._confirm(len(ids))
        with Progress(console=Console(stderr=True)) as bars:
            task = bars.add_task("Ending", total=len(ids))
            made = services.end_year(
                ids, ending, progress=lambda done: bars.update(task, completed=done)
            )
        until = timezone.localtime(made.due_at)
        self.stdout.write(f"Until {until:%Y-%m-%d %H:%M}: manage.py end_year --undo {made.pk}")

    def _tutor_of(self, address: str | None) -> int | None:
        tutor = person_by_email(address) if address else None
        if address and tutor is None:
            raise CommandError(f"Nobody has the address {address}.")
        return tutor.pk if tutor else None

    def _confirm(self, count: int) -> None:
        if not sys.stdin.isatty():
            raise CommandError("Nothing was done: say --yes where nobody can be asked.")
        if input("Type the number of students again: ").strip() != str(count):
            raise CommandError("Nothing was done: that is another number.")

    def _undo(self, number: int) -> None:
        try:
            back = services.undo_year_end(number)
        except YearEnd.DoesNotExist:
            raise CommandError(f"There is no end of the year with the number {number}.") from None
        except services.TooLate:
            raise CommandError("This can be undone no more.") from None
        self.stdout.write(
            f"Undone: {back.active} students may sign in again, {back.mapped} have their tutor"
            f" again, {back.without_tutor} have no tutor."
        )
