"""The production server: `manage.py serve`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from speaktracker.server.listening import CannotListen, address_of, bound_socket, inherited_socket
from speaktracker.server.options import server_options_from_environment


class Command(BaseCommand):
    """Serve HTTP and sockets until SIGTERM or SIGINT."""

    help = "Serve HTTP and sockets until SIGTERM or SIGINT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare where to listen and in how many processes."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument("--workers", type=int, default=1, help="number of processes")
        parser.add_argument("--fd", type=int, help="serve on this inherited listening socket")
        parser.add_argument(
            "--application", default="speaktracker.asgi.application", help="ASGI application"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Listen, print where, and serve."""
        server_options = server_options_from_environment()
        try:
            listening = (
                bound_socket(options["host"], options["port"])
                if options["fd"] is None
                else inherited_socket(options["fd"])
            )
        except CannotListen as error:
            raise CommandError(str(error)) from None
        # Imported late: it installs Twisted's asyncio reactor, which other commands must not have.
        from speaktracker.server.service import ClassroomServer

        address = address_of(listening)
        server = ClassroomServer(import_string(options["application"]), server_options)
        server.serve(listening, lambda: self.stdout.write(f"Listening on {address}"))
