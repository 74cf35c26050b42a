"""Rotation: everything ends up with the newest key, whatever happens in between."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from feedback import states
from feedback.field_keys import key_rotation
from feedback.field_keys.key_rotation import Rotation, rotate
from feedback.models import Feedback, State
from speaktracker.roster.models import User
from tests.api.conftest import Gave
from tests.field_encryption.conftest import UseKeys
from tests.field_encryption.database_process import database_url, environment_of, wait_until
from tests.field_encryption.test_stored_feedback import at_rest, damage, moved
from tests.persistence.mirror import DEADLINE


@pytest.fixture
def batches_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_rotation, "BATCH_ROWS", 2)


def names() -> set[str]:
    return set(Feedback.objects.order_by().values_list("field_key", flat=True))


@pytest.mark.parametrize(
    ("before", "after"), [(("old",), ("new", "old")), ((), ("new",)), (("old",), ("plain", "old"))]
)
def test_rows_of_any_age_become_as_the_list_says(
    use_keys: UseKeys, tutor: User, student: User, gave: Gave, before: list[str], after: list[str]
) -> None:
    use_keys(*before)
    rows = gave(tutor, student, 5)
    newest = use_keys(*after)
    call_command("rotate_field_keys")
    assert names() == {newest}
    assert at_rest(rows[0]).startswith("\x02enc1:") is bool(newest)
    texts = [row.message for row in Feedback.objects.order_by("sequence")]
    assert texts == [f"number {n}" for n in range(5)]


def test_what_was_acknowledged_meanwhile_stays_so(
    use_keys: UseKeys, batches_of_two: None, tutor: User, student: User, gave: Gave
) -> None:
    use_keys("old")
    rows = gave(tutor, student, 5)
    newest = use_keys("new", "old")
    for row, _ in zip(rows, rotate(Rotation()), strict=False):
        states.acknowledge(student.pk, [str(row.message_id), str(rows[4].message_id)], State.SEEN)
    seen = Feedback.objects.filter(state=State.SEEN, acknowledged_at__isnull=False)
    assert {*seen.values_list("sequence", flat=True)} == {1, 2, 3, 5}
    assert names() == {newest}


def test_what_was_broken_off_goes_on(
    use_keys: UseKeys, batches_of_two: None, tutor: User, student: User, gave: Gave
) -> None:
    use_keys("old")
    gave(tutor, student, 5)
    use_keys("new", "old")
    next(rotate(Rotation()))
    assert len(names()) == 2
    rest = Rotation()
    assert (sum(rotate(rest)), rest.written) == (3, 3)


def test_rows_that_cannot_be_read_stay_and_are_named(
    use_keys: UseKeys, batches_of_two: None, tutor: User, student: User, gave: Gave
) -> None:
    use_keys("old")
    rows = gave(tutor, student, 5)
    moved(rows[0], rows[1])
    damage(rows[2], rows[1])
    use_keys("new", "old")
    with pytest.raises(CommandError, match="1 moved, 1 damaged") as told:
        call_command("rotate_field_keys")
    assert str(rows[2].message_id) in str(told.value)
    assert Feedback.objects.filter(field_key__startswith="new.").count() == 3
    assert Feedback.objects.filter(field_key__startswith="old.").count() == 2


@pytest.fixture
def many(use_keys: UseKeys, transactional_db: None, tutor: User, student: User, gave: Gave) -> int:
    """Store enough for a rotation to be killed in."""
    use_keys("old")
    return len(gave(tutor, student, 1_000))


@pytest.fixture
def rotating(many: int, use_keys: UseKeys) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a rotation to the new key in a process of its own."""
    use_keys("new", "old")
    words = [sys.executable, "manage.py", "rotate_field_keys"]
    environment = environment_of(database_url())
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_a_process_killed_in_the_middle_is_gone_on_from(
    many: int, rotating: "subprocess.Popen[bytes]", student: User
) -> None:
    new = Feedback.objects.filter(field_key__startswith="new.")
    wait_until(lambda: new.exists())
    last = Feedback.objects.latest("sequence")
    states.acknowledge(student.pk, [str(last.message_id)], State.SEEN)
    rotating.kill()
    rotating.wait(DEADLINE)
    assert 0 < new.count() < many
    call_command("rotate_field_keys")
    assert (new.count(), connection.in_atomic_block) == (many, False)
    assert {row.message for row in new} == {f"number {n}" for n in range(many)}
    last.refresh_from_db()
    assert last.state == State.SEEN
