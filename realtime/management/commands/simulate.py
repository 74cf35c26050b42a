"""Real sockets against a running server: `manage.py simulate`."""

import asyncio
import json
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from speaktracker.roster.demo_people import PASSWORD
from speaktracker.simulation.measurement.tally import Tally
from speaktracker.simulation.people.access_tokens import known_people
from speaktracker.simulation.report.display import Bar, Lines
from speaktracker.simulation.report.report_tables import print_report
from speaktracker.simulation.simulated_classroom import SimulatedClassroom
from speaktracker.simulation.simulation_errors import CannotSimulate
from speaktracker.simulation.simulation_options import SimulationOptions, checked

NOT_POSSIBLE = 2


class Command(BaseCommand):
    """Let simulated people practise on a running server, and measure what they see."""

    help = "Let simulated people practise on a running server, and measure what they see."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare where, how many people, how much and for how long."""
        add = parser.add_argument
        add("--url", default="http://127.0.0.1:8000", help="the server's address")
        add("--tutors", type=int, default=2, metavar="M", help="tutor1 to tutorM watch")
        add("--students", type=int, default=10, metavar="N", help="student1 to studentN practise")
        add("--first-student", type=int, default=1, metavar="K", help="leave those before K out")
        add("--rate", type=float, default=0, help="statuses a second of all together; 0: N / 3")
        add("--seconds", type=float, default=60, metavar="S", help="0: until stopped")
        add("--feedback", type=float, default=0.2, help="feedback a second of all tutors together")
        add("--password", default=PASSWORD, help="of everybody whom this database does not know")
        add("--batch", action="store_true", help="dashboards ask for several updates in a frame")
        add("--deadline", type=float, default=20, help="seconds after which a status is lost")
        add("--json", type=Path, metavar="FILE", help="write the figures there")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Simulate, print the tables, and exit 1 when something was lost or out of order."""
        console = Console()
        figures: Path | None = options["json"]
        try:
            fields = SimulationOptions.__dataclass_fields__
            chosen = {name: value for name, value in options.items() if name in fields}
            tally = self.simulate(SimulationOptions(**chosen), console)
        except CannotSimulate as error:
            raise CommandError(str(error), returncode=NOT_POSSIBLE) from None
        if figures:
            figures.write_text(json.dumps(tally.figures(), indent=1) + "\n")
        print_report(tally, console)
        if not tally.is_good:
            raise SystemExit(1)

    def simulate(self, options: SimulationOptions, console: Console) -> Tally:
        """Simulate until the time is up or a signal stops it; raises CannotSimulate."""
        per_second = settings.LIMITS.user_messages_per_second
        checked(options, settings.LIMITS)
        known = known_people([*options.tutor_emails, *options.student_emails])
        display = Bar(console) if console.is_terminal else Lines(console)

        async def run() -> Tally:
            classroom = SimulatedClassroom(options, known, display, per_second)
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, classroom.stop.set)
            return await classroom.run()

        try:
            return asyncio.run(run())
        finally:
            display.end()
