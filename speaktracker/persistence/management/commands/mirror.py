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
from speaktracker.persistence.backends import dynamodb_from_settings
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.rebuilding import rebuild
from speaktracker.persistence.verification import Verdict, compared_tables, verify

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
                self._status()
            elif options["verify"]:
                self._verify()
            else:
                self._rebuild()
        except Unavailable as trouble:
            raise CommandError(str(trouble)) from None

    def _status(self) -> None:
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

    def _verify(self) -> None:
        backend, verdict = dynamodb_from_settings(), Verdict()
        with _progress("Comparing") as show:
            done = 0
            for table in compared_tables():
                for step in verify(backend, table, verdict):
                    done += step
                    show(done, done)
        for difference in verdict.differences[:_SHOWN]:
            self.stdout.write(str(difference))
        hidden = len(verdict.differences) - _SHOWN
        if hidden > 0:
            self.stdout.write(f"… and {hidden} more.")
        self.stdout.write(
            f"{verdict.compared} records compared, {len(verdict.differences)} differences, "
            f"{verdict.pending} with a change on its way."
        )
        if verdict.differences:
            raise CommandError("The mirror differs; `manage.py mirror --rebuild` mends it.")

    def _rebuild(self) -> None:
        backend = dynamodb_from_settings()
        for sentence in backend.ensure_tables():
            self.stdout.write(sentence)
        with _progress("Writing") as show:
            written = asyncio.run(rebuild(backend, show))
        self.stdout.write(f"{written} items written or deleted.")
        set_aside = mirror_health().set_aside
        if set_aside:
            raise CommandError(f"{set_aside} changes were refused: see the mirror's admin page.")


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Draw a progress bar on a terminal, nothing elsewhere."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total or None)
