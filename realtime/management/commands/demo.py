"""Everything on one machine, to be looked at: `make run`."""

import re
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from speaktracker.devstack.child_processes import Server, StackError
from speaktracker.devstack.ports import PortTaken, refuse_taken_port

# The first students are left to people who try the pages.
LEFT_TO_PEOPLE = 2
LOOK_SECONDS = 0.2  # between two looks whether the children live
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
        """Declare the port, the size of the classroom and where the logs go."""
        add = parser.add_argument
        add("--port", type=int, default=8000, help="port to listen on; 0: any free one")
        add("--tutors", type=int, default=2, help="number of tutors")
        add("--students", type=int, default=14, help="number of students")
        add("--log-folder", type=Path, default=Path(settings.STATE_DIR), help="for both logs")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until Ctrl-C or SIGTERM, or until a child ends by itself; raises CommandError."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, interrupt_once)
        try:
            refuse_taken_port(options["port"])
            call_command("migrate", verbosity=0)
            call_command("seed_demo", tutors=options["tutors"], students=options["students"])
            with ExitStack() as children:
                self._run(children, options)
        except (PortTaken, StackError) as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _run(self, children: ExitStack, options: dict[str, Any]) -> None:
        logs: Path = options["log_folder"]
        server_log = logs / "server.log"
        serve = ["serve", "--port", str(options["port"])]
        # Whoever has the port may answer there; its own log says whether *this* server listens.
        server = _child("The server", server_log, lambda _port: bool(_url_in(server_log)), serve)
        children.enter_context(server)
        url = _url_in(server_log)
        simulate = ["simulate", "--url", url, "--first-student", str(LEFT_TO_PEOPLE + 1)]
        simulate += ["--tutors", str(options["tutors"]), "--students", str(options["students"])]
        simulate += ["--seconds", "0"]
        simulation = _child("The simulation", logs / "simulate.log", lambda _port: True, simulate)
        children.enter_context(simulation)
        simulated = options["students"] - LEFT_TO_PEOPLE
        self.stdout.write(WELCOME.format(url=url, log=server_log, simulated=simulated))
        self.stdout.flush()
        while True:
            server.check()
            simulation.check()
            time.sleep(LOOK_SECONDS)


def _child(name: str, log: Path, is_ready: Callable[[int], bool], words: list[str]) -> Server:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
    return Server(name, command, 0, is_ready, output=log)


def _url_in(log: Path) -> str:
    """Find the address that the server says it listens on; empty until it does."""
    found = re.search(r"Listening on (http[^\s\"]+)", log.read_text())
    return found[1] if found else ""


def interrupt_once(*_: Any) -> None:
    """End the command as Ctrl-C does; a second signal must not cut the children's end short."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
