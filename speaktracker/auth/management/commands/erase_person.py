"""`manage.py erase_person ADDRESS`: a person and all that names them, gone everywhere."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from speaktracker.auth.validity.services import end_sessions_of
from speaktracker.exceptions import Unavailable
from speaktracker.roster.erasure import services
from speaktracker.roster.erasure.named_person import NamedPerson, ids_of
from speaktracker.roster.erasure.selectors import named
from speaktracker.roster.models import UserType
from speaktracker.roster.selectors import active_tutors, person_by_email, students_of
from speaktracker.text import normal_email


class Command(BaseCommand):
    help = (
        "Delete a person and whatever names them: records, the mirror's items, letters, sessions,"
        " the admin's log. Of somebody who was deleted before, what is left."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="the person's e-mail address")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--successor", metavar="ADDRESS", help="the tutor who takes a tutor's students over"
        )

    def handle(self, *_: Any, address: str, **options: Any) -> None:
        """Ask, erase, and say what is still on its way."""
        person = named(address)
        successor_id = self._successor_of(person, options["successor"])
        self.stdout.write(self._described(person, options["successor"]))
        if not options["yes"]:
            self._confirm(person)
        console = Console(stderr=True)
        with Progress(console=console, disable=not sys.stderr.isatty()) as bars:
            steps: tuple[Callable[[], Any], ...] = (
                lambda: services.erase_people(ids_of([person]), successor_id),
                lambda: services.erase_rests(NamedPerson(None, person.email, person.name)),
                lambda: end_sessions_of(ids_of([person])),
                lambda: self._erase_items(person),
            )
            for step in bars.track(steps, description="Erasing"):
                step()
        self.stdout.write(f"{person.email} is erased.")

    def _successor_of(self, person: NamedPerson, address: str | None) -> int | None:
        """Return the id of the tutor to take over; raises CommandError for anybody else."""
        if address is None:
            return None
        tutor = (
            active_tutors()
            .filter(email=normal_email(address))
            .exclude(pk__in=ids_of([person]))
            .first()
        )
        if tutor is None:
            raise CommandError(f"{address} is no active tutor who could take students over.")
        return tutor.pk

    def _described(self, person: NamedPerson, successor: str | None) -> str:
        """Say who goes and what becomes of their students."""
        user = person_by_email(person.email)
        if user is None:
            return f"Nobody has the address {person.email}; what still names it goes."
        who = f"{user.name or 'without a name'}, {user.user_type or 'staff'}, {user.email}"
        if user.user_type != UserType.TUTOR:
            return f"{who}: all records go."
        count = students_of(user.pk).count()
        whose = f"get the tutor {successor}" if successor else "are left without a tutor"
        return f"{who}: {count} students {whose} and keep their feedback."

    def _confirm(self, person: NamedPerson) -> None:
        if not sys.stdin.isatty():
            raise CommandError("Nothing was erased: say --yes where nobody can be asked.")
        if normal_email(input("This cannot be undone. Type the address again: ")) != person.email:
            raise CommandError("Nothing was erased: that is another address.")

    def _erase_items(self, person: NamedPerson) -> None:
        """Queue items of the mirror that SQL knows nothing of."""
        try:
            services.erase_left_items(person)
        except Unavailable as trouble:
            self.stderr.write(
                f"{trouble} What SQL knew of is queued and goes as soon as it can; repeat this"
                " command then, to find items that SQL knows nothing of."
            )
