"""`manage.py export_person ADDRESS`: everything that is held on one person, as JSON."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from speaktracker.roster.erasure.selectors import everything_on, named


class Command(BaseCommand):
    help = "Write everything that is held on a person as JSON, without what opens an account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="the person's e-mail address")
        parser.add_argument(
            "--output", metavar="FILE", type=Path, help="a new file, for its owner alone to read"
        )

    def handle(self, *_: Any, address: str, output: Path | None, **options: Any) -> None:
        """Write to the file, or to stdout."""
        person = named(address)
        held = everything_on(person)
        if person.pk is None:
            self.stderr.write(
                f"Nobody has the address {person.email}; what still names it follows."
            )
        text = DjangoJSONEncoder(ensure_ascii=False, indent=2).encode(held) + "\n"
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}.") from None
        with os.fdopen(file, "w", encoding="utf-8") as writing:
            writing.write(text)
        self.stderr.write(f"Written to {output}.")
