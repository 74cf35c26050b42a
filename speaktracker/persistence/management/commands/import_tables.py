"""`manage.py import_tables`: feedback and sessions that others wrote into the tables, into SQL."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from speaktracker.exceptions import Unavailable
from speaktracker.persistence.backends import dynamodb_from_settings
from speaktracker.persistence.base import Backend
from speaktracker.persistence.foreign.importers import (
    ImportCounts,
    ImportOptions,
    imported_tables,
)
from speaktracker.persistence.foreign.services import import_table
from speaktracker.persistence.tables import Table

_ADDRESSES_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Bring feedback and practice sessions of the DynamoDB tables that this product did not"
        " write into SQL. Run it again to go on where it was broken off: nothing comes twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count only, write nothing")
        parser.add_argument(
            "--create-users",
            action="store_true",
            help="make users, without a password, for addresses that nobody has",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Take each table in turn, and say what became of its items."""
        how = ImportOptions(create_users=options["create_users"], dry_run=options["dry_run"])
        everything = ImportCounts()
        try:
            backend = dynamodb_from_settings()
            for table in imported_tables():
                counts = self.take(backend, table, how)
                self.report(table, counts)
                everything.add(counts)
        except Unavailable as trouble:
            raise CommandError(f"{trouble} Run this again to go on.") from None
        except DatabaseError as error:
            raise CommandError(f"The database failed; run this again to go on: {error}") from None
        self.name_people(everything, how)
        if how.dry_run:
            self.stdout.write("Nothing was written: this is a dry run.")

    def take(self, backend: Backend, table: Table[Any], how: ImportOptions) -> ImportCounts:
        """Take one table with a progress bar on a terminal, which first counts what it reads."""
        columns = (
            TextColumn(table.name),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        console = Console(stderr=True)
        with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bars:
            bar = bars.add_task("", total=None)
            return import_table(
                backend,
                table,
                how,
                lambda done, total: bars.update(bar, completed=done, total=total),
            )

    def report(self, table: Table[Any], counts: ImportCounts) -> None:
        """Print the counts of a table, and why items stay where they are."""
        self.stdout.write(
            f"{table.name}: {counts.taken} taken, {counts.known} known already, "
            f"{counts.expired} expired, {counts.no_user} of whom no user exists, "
            f"{counts.bad.total()} that cannot be taken."
        )
        for reason, number in counts.bad.most_common():
            example = " ".join(counts.examples[reason])
            self.stdout.write(f"  {number}: {reason}, such as {example!r}")

    def name_people(self, counts: ImportCounts, how: ImportOptions) -> None:
        """Say who was made, and whom nobody knows."""
        if counts.created:
            made = "would be made" if how.dry_run else "made"
            self.stdout.write(
                f"{len(counts.created)} users {made}, without a password. Who teaches whom is set "
                "in the admin, or with `manage.py import_people`."
            )
        if counts.strangers:
            some = sorted(counts.strangers)[:_ADDRESSES_SHOWN]
            more = len(counts.strangers) - len(some)
            self.stdout.write(
                f"No user has these addresses: {', '.join(some)}{f' and {more} more' * bool(more)}."
                " Add them (`manage.py import_people`) or say --create-users, and run this again."
            )
