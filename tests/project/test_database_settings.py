"""What follows the question mark of DATABASE_URL reaches the database, beside what we need."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from speaktracker.configuration.database_settings import database_settings


def options_of(address: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("DATABASE_URL", address)
    options: dict[str, Any] = database_settings(Path(), 8)["OPTIONS"]
    return options


def test_libpq_is_given_its_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = "sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=9&options=-c%20work_mem%3D8MB"
    options = options_of(f"postgres://user@host/name?{asked}", monkeypatch)
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/ca.pem")
    assert options["connect_timeout"] == 9
    assert options["options"].startswith("-c lock_timeout=5s ")
    assert options["options"].endswith(" -c work_mem=8MB")
    assert options["pool"]["max_size"] == 20


def test_several_servers_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "postgres://user@/name?host=one,two&target_session_attrs=read-write"
    options = options_of(address, monkeypatch)
    assert (options["host"], options["target_session_attrs"]) == ("one,two", "read-write")


def test_a_parameter_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL has a parameter that is none"):
        options_of("postgres://user@host/name?sslmod=require", monkeypatch)


def test_sqlite_keeps_its_own_where_none_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    options = options_of("sqlite:////tmp/x.sqlite3?timeout=3", monkeypatch)
    assert (options["timeout"], options["transaction_mode"]) == (3, "IMMEDIATE")
