"""A connection that is closed when its server takes a statement and answers nothing any more."""

from typing import Any, ClassVar, Self

import psycopg
from psycopg.errors import _WaitTimeout

from speaktracker.db.patience import Patience


class NoAnswer(psycopg.OperationalError):
    """The server has not answered for too long; the connection is closed."""


class PatientConnection(psycopg.Connection[Any]):
    """Waits for its server, but no longer than the patience of the process."""

    # Why no connection could be made the last time; the pool, which makes them, does not say.
    refusal: ClassVar[str] = ""

    @classmethod
    def connect(cls, *arguments: Any, **options: Any) -> Self:
        """Connect, and keep the reason where that fails."""
        try:
            made = super().connect(*arguments, **options)
        except psycopg.Error as error:
            PatientConnection.refusal = str(error)
            raise
        PatientConnection.refusal = ""
        return made

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for one step of a statement, a commit or whatever it is; raises NoAnswer."""
        try:
            return super().wait(gen, interval, Patience.seconds if timeout is None else timeout)
        except _WaitTimeout:
            if timeout is not None:
                raise
            self.close()
            raise NoAnswer(f"the server has not answered for {Patience.seconds} s") from None
