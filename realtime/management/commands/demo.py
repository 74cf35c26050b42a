"""Everything on one machine, to be looked at: `make run`."""

import signal
import sys
import urllib.request
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from speaktracker.devstack.child_processes import Server, StackError

# The first students are left to people who try the pages.
LEFT_TO_PEOPLE = 2
WELCOME = """
SpeakTracker realtime is running. Ctrl-C stops it.

  Pages     {url}/          (English: {url}/?lang=en)
  Tutor     tutor1@example.com    password demo-password   the live dashboard
  Student   student1@example.com  password demo-password   practise in another browser window
  Staff     admin@example.com     password demo-password   {url}/admin/
  API       {url}/api/docs/   socket: {url}/api/asyncapi.json
  Log       {log}

{simulated} simulated students practise meanwhile; student1 and student2 wait for you.
"""


class Command(BaseCommand):
    """Seed a demo classroom, serve it, and let simulated students practise in it."""

    help = "Seed a demo classroom, serve it, and let simulated students practise in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the port and the size of the classroom."""
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument("--tutors", type=int, default=2, help="number of tutors")
        parser.add_argument("--students", type=int, default=14, help="number of students")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until Ctrl-C or SIGTERM."""
        call_command("migrate", verbosity=0)
        call_command("seed_demo", tutors=options["tutors"], students=options["students"])
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            with ExitStack() as children:
                self._start(children, options)
                signal.pause()
        except StackError as error:
            raise CommandError(f"{error}\nIts log says why: {_log('server')}") from None
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _start(self, children: ExitStack, options: dict[str, Any]) -> None:
        url = f"http://127.0.0.1:{options['port']}"
        people = ["--tutors", str(options["tutors"]), "--students", str(options["students"])]
        serve = _manage("serve", "--port", str(options["port"]))
        children.enter_context(
            Server("The server", serve, options["port"], _answers, output=_log("server"))
        )
        simulate = _manage(
            "simulate", "--url", url, *people, "--first-student", str(LEFT_TO_PEOPLE + 1)
        )
        simulate += ["--seconds", "0"]
        children.enter_context(
            Server("simulate", simulate, 0, lambda _port: True, output=_log("simulate"))
        )
        simulated = options["students"] - LEFT_TO_PEOPLE
        self.stdout.write(WELCOME.format(url=url, log=_log("server"), simulated=simulated))
        self.stdout.flush()


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]


def _log(name: str) -> Path:
    return Path(settings.STATE_DIR) / f"{name}.log"


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt
