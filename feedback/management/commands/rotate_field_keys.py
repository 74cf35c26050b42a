"""`manage.py rotate_field_keys`: stored feedback is encrypted again with the newest key."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from feedback.field_keys.key_rotation import (
    Rotation,
    outdated_names,
    outdated_rows,
    rotate,
    wipe_free_space,
)
from speaktracker.field_encryption.encrypted_text import key_list


class Command(BaseCommand):
    help = "Encrypt stored feedback again with the first of FIELD_ENCRYPTION_KEYS."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Rotate and say what was done; raises CommandError where rows stay that cannot be read."""
        rotation = Rotation()
        try:
            self.rotate(rotation)
        except DatabaseError as error:
            raise CommandError(f"The database failed; begin again to go on: {error}") from None
        how = f"encrypted with {self.key_id()}" if key_list().newest else "stored as they are"
        self.stdout.write(f"{rotation.written} rows are now {how}.")
        if rotation.made_secret:
            self.wipe()
        self.report(rotation)

    def rotate(self, rotation: Rotation) -> None:
        """Write batch after batch, with a pause after each as long as it took: a class goes on."""
        columns = (TextColumn("Encrypting"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        console = Console(stderr=True)
        with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bars:
            bar = bars.add_task("", total=outdated_rows())
            began = time.monotonic()
            for rows in rotate(rotation):
                bars.advance(bar, rows)
                time.sleep(time.monotonic() - began)
                began = time.monotonic()

    def key_id(self) -> str:
        """Name the newest key as its operator does."""
        return key_list().newest_name.rpartition(".")[0]

    def wipe(self) -> None:
        """Leave nothing readable behind in SQLite's file."""
        try:
            is_wiped = wipe_free_space()
        except DatabaseError:
            is_wiped = False
        if not is_wiped:
            self.stderr.write(
                "The file of the database was in use: old text may stand in its free space until "
                "`VACUUM` is run while no server does."
            )

    def report(self, rotation: Rotation) -> None:
        """Name the keys that may go; raises CommandError where rows stay."""
        if rotation.reasons:
            counts = ", ".join(f"{count} {reason}" for reason, count in rotation.reasons.items())
            raise CommandError(
                f"Rows that cannot be read stay as they are: {counts}; "
                f"first of all {', '.join(rotation.examples)}."
            )
        if outdated_names():
            raise CommandError(
                "Some server still writes with an older key: restart all of them, and begin again."
            )
        unused = [name.rpartition(".")[0] for name in key_list().names[bool(key_list().newest) :]]
        if unused:
            self.stdout.write(f"Nothing needs these keys any more: {', '.join(unused)}.")
