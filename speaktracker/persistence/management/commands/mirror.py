"""`manage.py mirror`: how the mirror is doing, whether it differs from SQL, and all of it anew."""

import asyncio
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from speaktracker.exceptions import Unavailable
from speaktracker.persistence import sources
from speaktracker.persistence.backends import dynamodb_from_settings
from speaktracker.persistence.foreign.importers import imported_tables
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.rebuilding import ForeignItems, ForeignItemsFound, rebuild
from speaktracker.persistence.relay.set_aside import ADVICE, refused_changes
from speaktracker.persistence.verification import Comparison, verify

_SHOWN = 100


class Command(BaseCommand):
    help = "Tell how the mirror in DynamoDB is doing, compare it with SQL, or write it again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--status", action="store_true", help="lag, backlog and what is wrong")
        what.add_argument(
            "--verify", action="store_true", help="differences from SQL; exit code 1 if any"
        )
        what.add_argument("--rebuild", action="store_true", help="write everything again")
        foreign = parser.add_mutually_exclusive_group()
        foreign.add_argument(
            "--keep-foreign", action="store_true", help="rebuild beside items that were never ours"
        )
        foreign.add_argument(
            "--delete-foreign", action="store_true", help="delete items that were never ours, too"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if settings.MIRROR == "off" and not options["status"]:
            raise CommandError("MIRROR is off: set MIRROR=dynamodb.")
        says_of_foreign = options["keep_foreign"] or options["delete_foreign"]
        if says_of_foreign and not options["rebuild"]:
            raise CommandError("--keep-foreign and --delete-foreign go with --rebuild.")
        try:
            if options["status"]:
                self.show_status()
            elif options["verify"]:
                self.show_differences()
            else:
                self.write_everything(chosen_foreign(options))
        except Unavailable as trouble:
            raise CommandError(str(trouble)) from None

    def show_status(self) -> None:
        """Print a line each for state, lag, backlog, what was set aside, the relay and trouble."""
        health = mirror_health()
        self.stdout.write(f"state:      {health.state}")
        if health.state == "off":
            return
        self.stdout.write(f"lag:        {health.lag_seconds:.1f} s")
        self.stdout.write(f"backlog:    {health.backlog} changes")
        self.stdout.write(f"set aside:  {health.set_aside} changes")
        self.stdout.write(f"relay:      {health.relay or 'none'}")
        if health.trouble:
            self.stdout.write(f"trouble:    {health.trouble}")
        if health.set_aside:
            self.name_refused()

    def show_differences(self) -> None:
        """Print the first differences and a summary; raises CommandError where there are any."""
        backend, comparison = dynamodb_from_settings(), Comparison()
        with progress_bar("Comparing") as show:
            done = 0
            for table in sources.registered_tables():
                for step in verify(backend, table, comparison):
                    done += step
                    show(done, done)
        for difference in comparison.differences[:_SHOWN]:
            self.stdout.write(str(difference))
        hidden = len(comparison.differences) - _SHOWN
        if hidden > 0:
            self.stdout.write(f"… and {hidden} more.")
        self.stdout.write(
            f"{comparison.compared} records compared, {len(comparison.differences)} differences, "
            f"{comparison.pending} with a change on its way."
        )
        self.name_foreign(comparison.foreign)
        refused = [each for each in comparison.differences if each.refusal]
        if refused:
            self.stdout.write(f"{len(refused)} of the differences were refused. {ADVICE}")
        if len(comparison.differences) > len(refused):
            raise CommandError("The mirror differs; `manage.py mirror --rebuild` mends it.")
        if refused:
            raise CommandError("The mirror lacks what its store refuses; see above what to do.")

    def name_foreign(self, counts: Counter[str]) -> None:
        """Say how many items were never ours, and how they come into SQL; nothing where none."""
        for table, number in counts.items():
            if number:
                self.stdout.write(f"{number} items of {table} were never ours: no difference.")
        if sum(counts[table.name] for table in imported_tables()):
            self.stdout.write("`manage.py import_tables` brings feedback and sessions into SQL.")

    def name_refused(self) -> None:
        """Print what was set aside, a line each, and what to do about it."""
        for line in refused_changes():
            self.stdout.write(line)
        self.stdout.write(ADVICE)

    def write_everything(self, foreign: ForeignItems) -> None:
        """Make missing tables and write everything.

        Raises CommandError where some is set aside, and where items were never ours and `foreign`
        is to refuse.
        """
        backend = dynamodb_from_settings()
        for sentence in backend.ensure_tables():
            self.stdout.write(sentence)
        with progress_bar("Writing") as show:
            try:
                written = asyncio.run(rebuild(backend, show, foreign=foreign))
            except ForeignItemsFound as found:
                raise CommandError(
                    f"Nothing was written: there are items that were never ours ({found}). "
                    "`manage.py import_tables` brings feedback and sessions into SQL; "
                    "--keep-foreign leaves such items alone, --delete-foreign deletes them."
                ) from None
        self.stdout.write(f"{written} items written or deleted.")
        set_aside = mirror_health().set_aside
        if set_aside:
            self.name_refused()
            raise CommandError(f"{set_aside} changes were refused; see above what to do.")


def chosen_foreign(options: dict[str, Any]) -> ForeignItems:
    """Read from a rebuild's options what becomes of items that were never ours."""
    if options["delete_foreign"]:
        return "delete"
    return "keep" if options["keep_foreign"] else "refuse"


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Draw a progress bar on a terminal, nothing elsewhere; gives a call to set done and total."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total or None)
