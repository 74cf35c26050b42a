"""An outage of the database is told once, with the database's own reason, whoever meets it."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError

from speaktracker import db
from speaktracker.db import outage as outages
from speaktracker.db.outage import Outage, is_outage
from speaktracker.exceptions import DatabaseAway, Unavailable

DISK_FULL = OperationalError("could not extend file: No space left on device\nHINT: Free some.")


def raised_by(cause: BaseException) -> OperationalError:
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.fixture(autouse=True)
def outage(monkeypatch: pytest.MonkeyPatch) -> Outage:
    """No outage before, none left behind."""
    fresh = Outage()
    monkeypatch.setattr(outages, "outage", fresh)
    monkeypatch.setattr(db.threads, "outage", fresh)
    return fresh


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """List what was logged of outages."""
    return [record.getMessage() for record in caplog.records if record.name == outages.__name__]


def fail() -> None:
    raise DISK_FULL


@pytest.mark.django_db(transaction=True)  # the threads of SQL may hold connections by now
async def test_the_first_who_meets_it_gives_the_reason_and_the_end_says_how_many(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(3):
        with pytest.raises(DatabaseAway):
            await db.read(fail)
    await db.read(str)  # what answers reads need not take writes
    assert told(caplog) == ["The database is away: could not extend file: No space left on device"]

    await db.write_first(str)
    await db.write_first(str)
    (_, end) = told(caplog)
    assert end.startswith("The database takes writes again after")
    assert "3 refused" in end


def test_a_long_outage_is_told_again_with_the_reason_of_now(
    outage: Outage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage.met(DISK_FULL)
    monkeypatch.setattr(outages, "REMIND_SECONDS", 0)
    outage.met(OperationalError("too many clients already"))
    assert "2 refused: too many clients already" in told(caplog)[-1]


@pytest.mark.parametrize(
    ("cause", "condition"),
    [
        (psycopg.errors.ReadOnlySqlTransaction("no"), "read-only"),
        (psycopg.errors.DiskFull("no"), "out of disk space"),
        (psycopg.errors.AdminShutdown("no"), "away"),
        (psycopg.OperationalError("connection refused"), "away"),
    ],
)
def test_the_line_says_in_what_way_the_database_is_of_no_use(
    outage: Outage,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    cause: Exception,
    condition: str,
) -> None:
    monkeypatch.setattr(outages, "REMIND_SECONDS", 0)
    for _ in range(2):
        outage.met(raised_by(cause))
    first, still = told(caplog)
    assert first == f"The database is {condition}: {cause}"
    assert re.match(rf"The database is still {condition} after \d+ s, 2 refused: ", still)


def test_sqlite_says_it_by_numbers_of_its_own(
    outage: Outage, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "small.sqlite3")) as connection:
        connection.execute("CREATE TABLE one (text)")
        connection.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as refused:
            connection.execute("INSERT INTO one VALUES (zeroblob(100000))")
    outage.met(raised_by(refused.value))
    assert told(caplog) == ["The database is out of disk space: database or disk is full"]


def test_another_store_that_is_away_is_no_outage_of_the_database(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert is_outage(Unavailable("the user pool does not answer"))
    assert not is_outage(ValueError())
    assert not told(caplog)
    assert is_outage(DISK_FULL)
    assert told(caplog)
