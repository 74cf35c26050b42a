"""What became of the whole run: nothing secret was put out, nothing was done without right."""

import sys

import pytest

from tests.rights.conftest import Watcher
from tests.rights.knowledge import strangers_in
from tests.rights.site import RightsSite
from tests.rights.tables import Verdict

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rights")]


def test_nothing_secret_was_put_out(rights: RightsSite, watchers: dict[str, Watcher]) -> None:
    sys.stdout.write(f"{Verdict.all_cells} cells, {len(rights.secrets)} secrets\n")
    assert len(rights.secrets) > 100
    found = list(rights.secrets.found_in(rights.outputs()))
    assert not found, "\n".join(found)


def test_nothing_was_stored_without_right(rights: RightsSite, watchers: object) -> None:
    stored = "SELECT tutor_email, student_email, message FROM feedback_feedback"
    assert not rights.database.rows(f"{stored} WHERE message LIKE 'must not%'")
    elsewhere = "SELECT 1 FROM roster_user WHERE is_superuser AND email NOT LIKE '%super@%'"
    assert not rights.database.rows(elsewhere)


def test_nobody_was_sent_what_is_of_another_class(
    rights: RightsSite, watchers: dict[str, Watcher]
) -> None:
    for watcher in watchers.values():
        text = "\n".join(watcher.frames)
        assert strangers_in(rights, watcher.person, text) == "nobody else", watcher.person
        assert "must not" not in text
