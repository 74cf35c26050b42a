"""The backend that `DATABASES` names; Django asks for this module by its name."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import Any, ClassVar, cast

import psycopg
from django.db import Error
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQLWrapper
from psycopg_pool import PoolTimeout

from speaktracker.db.availability import READ_ONLY, state_of
from speaktracker.db.postgresql.patient_connection import NoAnswer, PatientConnection
from speaktracker.db.storable_text import pass_gate

logger = logging.getLogger(__name__)

# A server that stays read-only must not have its connections made anew for every statement.
PAUSE_SECONDS = 1.0
# A standby says nothing of where the address leads: some poolers send readers there.
WHICH_SERVER = "SELECT pg_postmaster_start_time() WHERE NOT pg_is_in_recovery()"

_lock = threading.Lock()
_left_at = -PAUSE_SECONDS


class DatabaseWrapper(PostgreSQLWrapper):
    """Passes text through its gate, and leaves a server that a statement finds read-only or silent.

    All pooled connections go then: after a failover they lead to what is now a standby, which
    answers reads for ever. Who connects anew finds the server that the address stands for now.
    """

    # What the one said that the last fresh connection has led to.
    server_started_at: ClassVar[datetime | None] = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if pool := self.settings_dict["OPTIONS"].get("pool"):
            pool.setdefault("connection_class", PatientConnection)

    def init_connection_state(self) -> None:
        super().init_connection_state()
        if pass_gate not in self.execute_wrappers:
            self.execute_wrappers += [pass_gate, self._leave_standby]

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            return super().get_new_connection(conn_params)
        except PoolTimeout as error:
            # The server's own word is what an operator needs: no slot left, no such password.
            reason = PatientConnection.refusal.strip().partition("\n")[0]
            raise psycopg.OperationalError(f"{error}: {reason}" if reason else str(error)) from None

    def leave_if_moved(self) -> bool:
        """Leave the server of the pool where the address leads to another one by now; tell so.

        A primary that was left behind, and still takes writes, would keep them from everybody else.
        """
        try:
            parameters = self.get_connection_params()
            with closing(PatientConnection.connect(**parameters, autocommit=True)) as fresh:
                found = fresh.execute(WHICH_SERVER).fetchone()
        except psycopg.Error:
            return False  # whoever needs the database says so
        started_at: datetime | None = found[0] if found else None
        known = self.server_started_at
        DatabaseWrapper.server_started_at = started_at or known
        has_moved = bool(started_at and known and started_at != known)
        if has_moved:
            logger.warning("The database's address leads to another server, or it began anew.")
            self._close_pool_once()
        return has_moved

    def _leave_standby(self, execute: Callable[..., Any], *statement: Any) -> Any:
        try:
            return execute(*statement)
        except Error as error:
            if state_of(error) == READ_ONLY or isinstance(error.__cause__, NoAnswer):
                self._close_pool_once()
            raise

    def _close_pool_once(self) -> None:
        global _left_at  # noqa: PLW0603 - of the process, as the pool is
        with _lock:
            if time.monotonic() - _left_at < PAUSE_SECONDS:
                return
            _left_at = time.monotonic()
        # Out of the way first, and without a wait for its threads: others go on with a new one.
        pools: dict[str, Any] = cast(Any, self)._connection_pools
        if pool := pools.pop(self.alias, None):
            pool.close(timeout=0)  # connections in use are closed when they come back
