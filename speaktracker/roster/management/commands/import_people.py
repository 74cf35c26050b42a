"""manage.py import_people FILE: people, and who teaches whom, from one CSV file."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from speaktracker.roster.imports.file_kinds import PEOPLE
from speaktracker.roster.imports.import_plan import ImportPlan
from speaktracker.roster.imports.planning import plan_import
from speaktracker.roster.imports.row_words import described
from speaktracker.roster.imports.services import PeopleChanged, apply_import, steps_of
from speaktracker.roster.imports.spreadsheet import (
    MOST_BYTES,
    FileTable,
    UnreadableFile,
    read_table,
)

# Of what changes; what is wrong is shown to the last line.
MOST_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Add and change people, and who teaches whom, by a CSV file with the columns email, name,"
        " user_type, tutor_email, group, language: in any order, Korean headings too, in UTF-8,"
        " CP949 or UTF-16. An empty cell leaves what is there. Nobody new has a password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the CSV file, or - for stdin")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, only")
        parser.add_argument(
            "--leave-out", action="store_true", help="leave bad rows out and import the others"
        )

    def handle(self, *_args: Any, file: str, **options: Any) -> None:
        """Say what changes and what is wrong, in the language of the terminal; then import."""
        language = "ko" if os.environ.get("LANG", "").startswith("ko") else "en"
        with translation.override(language):
            table = self._table(file)
            plan = plan_import(PEOPLE, table.rows)
            self._show(plan, table)
            if objection := plan.objection(options["leave_out"]):
                raise CommandError(objection)
            if options["dry_run"]:
                self.stdout.write(_("Nothing was written: this is a dry run."))
                return
            if plan.changes:
                self._carry_out(plan)
            self.stdout.write(plan.summary())

    def _table(self, file: str) -> FileTable:
        try:
            with sys.stdin.buffer if file == "-" else Path(file).open("rb") as source:
                return read_table(source.read(MOST_BYTES + 1), PEOPLE)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from None
        except UnreadableFile as unreadable:
            raise CommandError(f"{file}: {unreadable}") from None

    def _show(self, plan: ImportPlan, table: FileTable) -> None:
        for row in plan.changes[:MOST_SHOWN]:
            self.stdout.write(f"{row.line}: {row.email}: {described(row)}")
        if (unshown := len(plan.changes) - MOST_SHOWN) > 0:
            self.stdout.write(_("and %(count)s more") % {"count": unshown})
        for error in plan.errors:
            self.stderr.write(f"{error.line}: {error.value or '–'}: {error.reason}")
        if table.unused:
            self.stdout.write(_("Columns that are not used: %s") % ", ".join(table.unused))

    def _carry_out(self, plan: ImportPlan) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        console = Console(stderr=True)
        with Progress(*columns, TimeElapsedColumn(), console=console) as bar:
            task = bar.add_task(_("Importing"), total=steps_of(plan))
            try:
                apply_import(plan, lambda done: bar.update(task, completed=done))
            except PeopleChanged:
                raise CommandError(
                    _("People or mappings changed meanwhile, and nothing was imported. Try again.")
                ) from None
