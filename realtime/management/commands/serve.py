"""The production server: `manage.py serve`."""

import asyncio
import logging
import os
import signal
from argparse import ArgumentParser
from socket import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections
from django.utils.module_loading import import_string

from speaktracker import logs
from speaktracker.db.fitness.migration_state import migration_trouble, missing_migrations
from speaktracker.db.patience import Patience
from speaktracker.field_encryption.key_check import key_trouble
from speaktracker.metrics.shared_folder import folder_for_workers
from speaktracker.server.bound_sockets import (
    CannotListen,
    address_of,
    bound_socket,
    inherited_socket,
)
from speaktracker.server.file_limit import files_needed, raise_file_limit
from speaktracker.server.server_options import ServerOptions, server_options_from_environment
from speaktracker.server.supervisor import Supervisor, worker_command
from speaktracker.server.worker import on_supervisor_exit, report_ready

_log = logging.getLogger(__name__)
_listening = logging.getLogger("speaktracker.server.listening")


def listening_on(where: str) -> None:
    """Log that connections are taken from here on, whatever LOG_LEVEL is."""
    fields = {"event_type": "connection", "message_type": "listening"}
    _listening.info("Listening on %s", where, extra=fields)


def refuse_unfit_database() -> None:
    """Raise CommandError where migrations or keys of stored texts are missing.

    A database that is away is waited for by whoever needs it; it is asked once.
    """
    try:
        trouble = migration_trouble(missing_migrations()) or key_trouble()
    except DatabaseError:
        return
    if trouble:
        raise CommandError(trouble)


class Command(BaseCommand):
    """Serve HTTP and sockets until SIGTERM or SIGINT."""

    help = "Serve HTTP and sockets until SIGTERM or SIGINT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare where to listen and in how many processes."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument("--workers", type=int, default=1, help="number of processes")
        parser.add_argument("--fd", type=int, help="serve on this inherited listening socket")
        parser.add_argument("--line", type=int, help="descriptor to the supervisor, set by it")
        parser.add_argument(
            "--application", default="speaktracker.asgi.application", help="ASGI application"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Listen, print where, and serve."""
        server_options = server_options_from_environment()
        logs.write_in_thread(settings.LOG_QUEUE_BYTES)
        workers: int = options["workers"]
        raise_file_limit(
            files_needed(settings.LIMITS.address_handshakes_at_once, settings.DATABASE_POOL_SIZE)
        )
        Patience.end()
        refuse_unfit_database()
        connections.close_all()  # the server's threads have their own
        if workers > 1 and not settings.REDIS_URL:
            raise CommandError("--workers above 1 needs REDIS_URL: without it, processes are deaf.")
        if workers > 1 and settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
            _log.warning(
                "Several workers share one SQLite file, whose writes queue: use PostgreSQL."
            )
        try:
            if options["fd"] is not None:
                listening = inherited_socket(options["fd"])
            else:
                listening = bound_socket(options["host"], options["port"])
        except CannotListen as error:
            raise CommandError(str(error)) from None
        if workers > 1:
            self.supervise(listening, workers, options["application"])
        else:
            self.serve(listening, server_options, options)

    def serve(self, listening: socket, server_options: ServerOptions, options: Any) -> None:
        """Serve in this process, as the only one or as a supervisor's worker (`--line`)."""
        # Imported late: they install Twisted's asyncio reactor, which other commands must not have.
        from speaktracker.server.event_loop import install_reactor

        install_reactor()
        from speaktracker.server.asgi_server import ClassroomServer

        address, line = address_of(listening), options["line"]

        def on_listening() -> None:
            if line is None:
                listening_on(address)
            else:
                report_ready(line)
                on_supervisor_exit(line, lambda: os.kill(os.getpid(), signal.SIGTERM))

        server = ClassroomServer(import_string(options["application"]), server_options)
        server.serve(listening, on_listening)

    def supervise(self, listening: socket, workers: int, application: str) -> None:
        """Keep `workers` processes serving on one socket; CommandError when they do not start."""
        address = address_of(listening)

        def on_listening() -> None:
            listening_on(f"{address} with {workers} workers")

        async def run() -> int:
            command = worker_command(application)
            return await Supervisor(command, listening, workers).run(on_listening)

        # Before any worker: prometheus_client looks for the folder where it is imported.
        with folder_for_workers():
            failed = asyncio.run(run())
        if failed:
            raise CommandError("The workers did not start: see what they say above.")
