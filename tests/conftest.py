"""What every test stands on."""

from collections.abc import Iterator

import pytest
from asgiref.sync import SyncToAsync
from django.db import connections


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Close what asynchronous queries of tests left open; PostgreSQL drops no database in use."""
    yield
    # asgiref runs all of them in this one thread, and each thread has connections of its own.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result(timeout=30)
