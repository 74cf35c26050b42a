"""A server that lacks a key of stored feedback does not start, and says so in a sentence."""

import subprocess
import sys

import pytest

from speaktracker.field_encryption.key_check import key_trouble
from speaktracker.roster.models import User
from tests.api.conftest import Gave
from tests.field_encryption.conftest import KEYS, UseKeys, listed
from tests.field_encryption.database_process import database_url, environment_of


@pytest.fixture
def old_rows(db: None, use_keys: UseKeys, tutor: User, student: User, gave: Gave) -> None:
    use_keys("old")
    gave(tutor, student, 2)


@pytest.mark.parametrize(
    ("keys", "trouble"),
    [
        (("old",), None),
        (("new", "old"), None),
        (("plain", "old"), None),
        ((), "lacks the key old"),
        (("new",), "lacks the key old"),
        (("new", "old:other"), "another key old"),
    ],
)
def test_a_missing_and_a_wrong_key_are_told_apart(
    old_rows: None, use_keys: UseKeys, keys: list[str], trouble: str | None
) -> None:
    use_keys(*keys)
    said = key_trouble()
    assert (said is None) if trouble is None else (trouble in (said or ""))


def refusal(url: str, keys: str) -> str:
    """Start a server that is to refuse; answers its only sentence."""
    ended = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", "0"],
        env=environment_of(url, FIELD_ENCRYPTION_KEYS=keys),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1), ended.stderr
    return ended.stderr


def test_serve_refuses_in_one_sentence(transactional_db: None, old_rows: None) -> None:
    assert "lacks the key old, which stored feedback" in refusal(database_url(), listed("new"))
    said = refusal(database_url(), f"{listed('new')},old{KEYS['old']}")
    assert "number 2 of the list must be ID:KEY" in said
    assert KEYS["old"][:8] not in said
