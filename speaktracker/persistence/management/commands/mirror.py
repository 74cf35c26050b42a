"""`manage.py mirror`: how the mirror is doing, whether it differs from SQL, and all of it anew."""

import asyncio
import sys
from argparse import ArgumentParser
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
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.rebuilding import rebuild
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

    def handle(self, *_args: Any, **options: Any) -> None:
        if settings.MIRROR == "off" and not options["status"]:
            raise CommandError("MIRROR is off: set MIRROR=dynamodb.")
        try:
            if options["status"]:
                self.show_status()
            elif options["verify"]:
                self.show_differences()
            else:
                self.write_everything()
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
        if comparison.differences:
            raise CommandError("The mirror differs; `manage.py mirror --rebuild` mends it.")

    def write_everything(self) -> None:
        """Make missing tables and write everything; raises CommandError where some is set aside."""
        backend = dynamodb_from_settings()
        for sentence in backend.ensure_tables():
            self.stdout.write(sentence)
        with progress_bar("Writing") as show:
            written = asyncio.run(rebuild(backend, show))
        self.stdout.write(f"{written} items written or deleted.")
        set_aside = mirror_health().set_aside
        if set_aside:
            raise CommandError(f"{set_aside} changes were refused: see the mirror's admin page.")


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Draw a progress bar on a terminal, nothing elsewhere; gives a call to set done and total."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total or None)
