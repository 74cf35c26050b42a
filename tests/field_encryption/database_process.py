"""Processes that work on this test's own database."""

import os
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from tests.persistence.mirror import DEADLINE


def database_url() -> str:
    """Name this test's own database for another process."""
    place: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    user, host, port = place["USER"], place["HOST"] or "localhost", place["PORT"] or 5432
    return f"postgres://{user}:{place['PASSWORD']}@{host}:{port}/{place['NAME']}"


def environment_of(url: str, **more: str) -> dict[str, str]:
    """Make the environment of a process of the product, with the keys of this one."""
    kept = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    return {**kept, "DATABASE_URL": url, **more}


def wait_until(question: Callable[[], bool]) -> None:
    """Ask until the answer is yes; another process is the one to act."""
    deadline = time.monotonic() + DEADLINE
    while not question():
        assert time.monotonic() < deadline
        time.sleep(0.005)
