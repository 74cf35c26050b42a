"""Several server processes that share one database and one Valkey."""

import os
import random
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings
from django.test import override_settings

from speaktracker.auth import tokens
from speaktracker.roster.models import User
from tests.cluster.databases import Database, Row
from tests.server_process import CHEAP_PASSWORDS, ServerProcess
from tests.valkey import Valkey

# What a busy test needs; everything else is as it is in production.
ROOMY = {
    **CHEAP_PASSWORDS,
    "USER_MESSAGES_PER_SECOND": "10000",
    "CONNECTION_BYTES_PER_MINUTE": "1000000000",
    "USER_REST_CALLS_PER_MINUTE": "1000000",
    "ADDRESS_HANDSHAKES_PER_SECOND": "1000000",
    "ADDRESS_HANDSHAKES_AT_ONCE": "1000000",
    "STUDENT_FEEDBACK_PER_MINUTE": "1000000",
    "STUDENT_FEEDBACK_PER_DAY": "1000000",
    "LOG_LEVEL": "WARNING",
}
ASKING = ("asked", "seen")
PRESENCE = (
    "SELECT u.email, p.online, p.status, p.session_id, p.current_sentence, p.progress, p.version,"
    " p.help_state"
    " FROM realtime_presence p JOIN roster_user u ON u.id = p.student_id"
)


class Node:
    """One `manage.py serve`, with its workers."""

    def __init__(self, folder: Path, environment: Mapping[str, str], workers: int) -> None:
        folder.mkdir()
        self.server = ServerProcess(folder, environment)
        self.workers = workers
        self.program: tuple[str, ...] = ("manage.py",)
        self.is_up = False

    @property
    def port(self) -> int:
        """Name the port of 127.0.0.1."""
        return self.server.port

    @property
    def pid(self) -> int:
        """Name the process, the supervisor's with several workers."""
        process = self.server._process
        assert process is not None
        return process.pid

    def start(self) -> None:
        """Serve the database as it stands."""
        command = [sys.executable, *self.program, "serve", "--port", str(self.port)]
        self.server.serve(*command, "--workers", str(self.workers))
        self.is_up = True

    def kill(self) -> None:
        """End it as a crash would."""
        self.is_up = False
        self.server.kill()

    def stop(self) -> None:
        """Stop it as an operator would."""
        self.is_up = False
        self.server.stop()

    def signal(self, number: int) -> None:
        """Send a signal and go on."""
        os.kill(self.pid, number)

    def memory(self) -> int:
        """Return the resident memory in bytes."""
        return int(psutil.Process(self.pid).memory_info().rss)


class Cluster:
    """The nodes, and the truth in SQL."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        valkey: Valkey,
        nodes: int = 2,
        workers: int = 1,
        **environment: str,
    ) -> None:
        self.database = database
        self.valkey = valkey
        self._secret = environment.get("SECRET_KEY", settings.SECRET_KEY)
        shared = {**ROOMY, "DATABASE_URL": database.url, "REDIS_URL": valkey.url, **environment}
        self.nodes = [Node(folder / f"node{n}", shared, workers) for n in range(1, nodes + 1)]
        self._people = {
            email: (pk, user_type)
            for pk, email, user_type in database.rows(
                "SELECT id, email, user_type FROM roster_user"
            )
        }
        self._tutor_of: dict[str, str] = dict(
            database.rows(
                "SELECT s.email, t.email FROM roster_tutorstudent m"
                " JOIN roster_user s ON s.id = m.student_id"
                " JOIN roster_user t ON t.id = m.tutor_id"
            )
        )

    def start(self) -> None:
        """Start every node and wait until each answers."""
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(Node.start, self.nodes))

    def close(self) -> None:
        """End every node, however it stands."""
        for node in self.nodes:
            if node.is_up:
                node.signal(signal.SIGCONT)
                if node.workers > 1:
                    node.stop()
                else:
                    node.kill()

    def token(self, email: str) -> str:
        """Sign an access token for a person."""
        pk, user_type = self._people[email]
        with override_settings(SECRET_KEY=self._secret):
            return tokens.issue(User(pk=pk, email=email, user_type=user_type))

    def students_of(self, tutor: str) -> list[str]:
        """List a tutor's students."""
        return sorted(student for student, of in self._tutor_of.items() if of == tutor)

    def tutor_of(self, student: str) -> str:
        """Name a student's tutor."""
        return self._tutor_of[student]

    def some_port(self) -> int:
        """Pick a node as a load balancer would: one of those that are up."""
        return random.choice([node.port for node in self.nodes if node.is_up])

    def rows(self, query: str) -> list[Row]:
        """Read rows of the database."""
        return self.database.rows(query)

    def recorded(self) -> set[str]:
        """Read which connections are recorded."""
        return {row[0] for row in self.rows("SELECT connection_id FROM realtime_connection")}

    def presence(self) -> dict[str, dict[str, Any]]:
        """Read what SQL knows of each student who was ever here."""
        names = ("online", "status", "session_id", "current_sentence", "progress", "version")
        found = self.rows(PRESENCE)
        return {
            email: {
                **dict(zip(names, values, strict=True)),
                "online": bool(values[0]),
                "asks": help_state in ASKING,
            }
            for email, *values, help_state in found
        }

    def logs(self) -> str:
        """Answer what the nodes said."""
        return "\n".join(f"--- {node.port}\n{node.server.tail(200)}" for node in self.nodes)
