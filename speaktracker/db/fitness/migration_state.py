"""Whether the database has every migration of this release; without one its tables fail singly."""

import time
from typing import Final

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

# While some are missing `migrate` may be running: looked at again, and no more often.
PAUSE_SECONDS: Final = 2.0
NAMED: Final = 3


def missing_migrations() -> tuple[str, ...]:
    """Name those that are not applied, as `app.name`, in their order; blocks for 50 ms.

    What a later release has applied beyond them is none of them. Raises DatabaseError.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return tuple(f"{migration.app_label}.{migration.name}" for migration, _ in plan)


def migration_trouble(missing: tuple[str, ...]) -> str:
    """Say in a sentence that they are missing, and what to do; empty where none is."""
    if not missing:
        return ""
    more = len(missing) - NAMED
    names = ", ".join(missing[:NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"Migrations are missing ({names}): run `manage.py migrate`."


class MigrationState:
    """What a process knows of it: asked until none is missing, and never after that."""

    def __init__(self) -> None:
        self._trouble = ""
        self._is_complete = False
        self._look_again_at = 0.0

    def trouble(self) -> str:
        """Say what `migration_trouble` does, as of a moment ago; blocks, raises DatabaseError."""
        if not self._is_complete and time.monotonic() >= self._look_again_at:
            self._trouble = migration_trouble(missing_migrations())
            self._is_complete = not self._trouble
            self._look_again_at = time.monotonic() + PAUSE_SECONDS
        return self._trouble


migration_state = MigrationState()
