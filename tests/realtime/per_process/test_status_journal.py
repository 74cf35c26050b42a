"""The journal alone: what is due when, what is conflated, and what survives an outage."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.models import PracticeSession
from realtime.per_process import status_journal as journal_module
from realtime.per_process.status_journal import Journal
from realtime.presence import practice_sessions
from realtime.presence.class_rules import Report
from realtime.presence.news import News
from speaktracker.clock import now
from speaktracker.exceptions import Unavailable
from speaktracker.roster.models import User

AT = datetime(2026, 1, 14, 10, 30, tzinfo=UTC)
TICK_SECONDS = 5


class Shelf:
    """Where a journal under test writes, with a clock that stands still."""

    def __init__(self) -> None:
        self.batches: list[list[Report]] = []
        self.changes: list[int] = []
        self.now = 1000.0
        self.away = False
        self.journal = Journal(self.write, lambda: self.now)

    async def write(self, reports: Collection[Report], changes: Collection[Report]) -> list[News]:
        if self.away:
            raise Unavailable("the database did not answer")
        self.batches.append(list(reports))
        self.changes += [report.version for report in changes]
        return []

    async def due(self) -> list[Report]:
        """Write what is due and return it."""
        before = len(self.batches)
        await self.journal.flush(everything=False)
        return [report for batch in self.batches[before:] for report in batch]


@pytest.fixture
def shelf() -> Shelf:
    """A journal that has written nothing."""
    return Shelf()


def report(
    version: int,
    word: Any = "studying",
    session: str = "s",
    student: int = 1,
    sentence: str = "",
) -> Report:
    return Report(word, session, sentence, version, AT, student_id=student, version=version)


async def test_a_change_of_status_is_due_at_once(shelf: Shelf) -> None:
    for version, word in enumerate(("studying", "paused", "idle", "studying"), 1):
        shelf.journal.record(report(version, word))
        assert [r.version for r in await shelf.due()] == [version]


async def test_a_new_session_is_due_at_once(shelf: Shelf) -> None:
    for version, session in enumerate(("a", "b", "a"), 1):
        shelf.journal.record(report(version, session=session))
        assert [r.version for r in await shelf.due()] == [version]


async def test_ticks_of_progress_are_written_every_five_seconds_the_latest_of_them(
    shelf: Shelf,
) -> None:
    shelf.journal.record(report(1))
    await shelf.due()
    for version in range(2, 6):
        shelf.now += 1
        shelf.journal.record(report(version))
        assert await shelf.due() == []
    shelf.now += 1
    assert [r.version for r in await shelf.due()] == [5]


async def test_a_tick_does_not_delay_the_change_that_waits(shelf: Shelf) -> None:
    shelf.journal.record(report(1))
    await shelf.due()
    shelf.journal.record(report(2, "paused"))
    shelf.journal.record(report(3))
    assert [r.version for r in await shelf.due()] == [3]


async def test_students_wait_for_one_another_in_one_batch(shelf: Shelf) -> None:
    for student in range(5):
        shelf.journal.record(report(1, student=student))
    await shelf.due()
    assert [len(batch) for batch in shelf.batches] == [5]


async def test_a_flush_writes_what_is_not_due_too(shelf: Shelf) -> None:
    shelf.journal.record(report(1))
    await shelf.due()
    shelf.journal.record(report(2))
    await shelf.journal.flush()
    assert [r.version for r in shelf.batches[-1]] == [2]


async def test_nothing_is_written_twice(shelf: Shelf) -> None:
    shelf.journal.record(report(1))
    await shelf.journal.flush()
    await shelf.journal.flush()
    assert len(shelf.batches) == 1


async def test_an_outage_loses_nothing_and_the_latest_is_written(shelf: Shelf) -> None:
    shelf.away = True
    for version in range(1, 4):
        shelf.journal.record(report(version))
        with pytest.raises(Unavailable):
            await shelf.journal.flush()
    shelf.away = False
    assert [r.version for r in await shelf.due()] == [3]


async def test_what_comes_while_a_batch_is_written_is_not_lost(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    write = shelf.write

    async def slowly(reports: Collection[Report], changes: Collection[Report]) -> list[News]:
        begun.set()
        await go_on.wait()
        return await write(reports, changes)

    shelf.journal = Journal(slowly, lambda: shelf.now)
    shelf.journal.record(report(1))
    flush = asyncio.create_task(shelf.journal.flush())
    await begun.wait()
    shelf.journal.record(report(2))
    go_on.set()
    await flush
    await shelf.journal.flush()
    assert [[r.version for r in batch] for batch in shelf.batches] == [[1], [2]]
    assert shelf.changes == [1]


async def test_a_journal_that_cannot_be_written_stays_bounded(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "BOUND", 3)
    for student in range(10):
        shelf.journal.record(report(1, student=student))
    await shelf.journal.flush()
    assert [r.student_id for r in shelf.batches[0]] == [7, 8, 9]


async def test_between_two_batches_each_change_is_kept_and_no_tick(shelf: Shelf) -> None:
    said = [("studying", "A"), ("studying", "A"), ("studying", "B"), ("paused", "B")]
    for version, (word, sentence) in enumerate([*said, ("paused", "B"), ("studying", "B")], 1):
        shelf.journal.record(report(version, word, sentence=sentence))
    await shelf.due()
    assert shelf.changes == [1, 3, 4, 6]
    shelf.journal.record(report(7, sentence="B"))
    await shelf.journal.flush()
    assert shelf.changes == [1, 3, 4, 6]


async def test_two_tabs_that_take_turns_change_each_time(shelf: Shelf) -> None:
    for version, session in enumerate("abab", 1):
        shelf.journal.record(report(version, session=session))
    await shelf.due()
    assert sorted(shelf.changes) == [1, 2, 3, 4]


async def test_an_outage_loses_no_change_and_none_is_told_twice(shelf: Shelf) -> None:
    shelf.away = True
    for version, word in enumerate(("studying", "paused", "studying"), 1):
        shelf.journal.record(report(version, word))
        with pytest.raises(Unavailable):
            await shelf.journal.flush()
    shelf.away = False
    await shelf.journal.flush()
    await shelf.journal.flush()
    assert shelf.changes == [1, 2, 3]


async def test_after_an_outage_changes_are_written_in_several_batches(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "BATCH_CHANGES", 3)
    for version in range(1, 11):
        word = "paused" if version % 2 else "studying"
        shelf.journal.record(report(version, word, student=version // 2))
    await shelf.journal.flush()
    assert sorted(shelf.changes) == [*range(1, 11)]
    assert len(shelf.batches) > 2


async def test_a_flood_of_changes_keeps_ten_in_five_seconds_and_the_latest(shelf: Shelf) -> None:
    for number in range(1, 101):
        shelf.journal.record(report(number * 10_000, "paused" if number % 2 else "studying"))
    for seconds in range(7, 60):  # and nobody's own pace is cut, however long they wait for SQL
        shelf.journal.record(report(seconds * 1_000_000, "paused" if seconds % 2 else "studying"))
    await shelf.journal.flush()
    flood = [*range(10_000, 100_000, 10_000), 1_000_000]
    assert shelf.changes == [*flood, *range(7_000_000, 60_000_000, 1_000_000)]


async def test_changes_that_cannot_be_written_stay_bounded_and_the_latest_is_kept(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "CHANGES_BOUND", 5)
    for version in range(1, 101):
        shelf.journal.record(report(version, "paused" if version % 2 else "studying"))
    await shelf.journal.flush()
    assert shelf.changes == [1, 2, 3, 4, 100]
    shelf.journal.record(report(101, "paused"))
    await shelf.journal.flush()
    assert shelf.changes[-1] == 101


async def test_a_student_who_parted_is_forgotten_once_written(shelf: Shelf) -> None:
    shelf.journal.record(report(1, "paused"))
    shelf.journal.part(1)
    await shelf.due()
    assert not shelf.journal._doing
    assert not shelf.journal._changes
    assert shelf.journal._change_count == 0


async def test_a_running_journal_goes_on_after_an_outage(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "BATCH_SECONDS", 0.001)
    written = asyncio.Event()

    async def fail_first(reports: Collection[Report], changes: Collection[Report]) -> list[News]:
        if not shelf.away:
            shelf.away = True
            raise Unavailable("the database did not answer")
        written.set()
        return []

    journal = Journal(fail_first)
    journal.record(report(1))
    running = asyncio.create_task(journal.run())
    async with asyncio.timeout(30):
        await written.wait()
    running.cancel()


steps = st.lists(
    st.one_of(
        st.tuples(
            st.integers(1, 2), st.sampled_from(["studying", "paused"]), st.sampled_from("ab")
        ),
        st.floats(0, 7),
        st.booleans(),
    ),
    max_size=40,
)


@given(steps)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_the_latest_of_every_session_is_written_within_five_seconds(
    taken: list[Any],
) -> None:
    asyncio.run(_live(taken))


async def _live(taken: list[Any]) -> None:
    shelf, latest, since = Shelf(), dict[Any, int](), dict[Any, float]()
    for version, step in enumerate(taken, 1):
        if isinstance(step, tuple):
            student, word, session = step
            shelf.journal.record(report(version, word, session, student))
            latest[student, session] = version
            since.setdefault((student, session), shelf.now)
        elif isinstance(step, bool):
            shelf.away = step
        else:
            shelf.now += step
        if not shelf.away:
            for written in await shelf.due():
                key = (written.student_id, written.practice.session_id)
                assert written.version == latest[key]
                del since[key]
            assert all(shelf.now - began < TICK_SECONDS for began in since.values())
    shelf.away = False
    await shelf.journal.flush()
    newest = {
        (r.student_id, r.practice.session_id): r.version for batch in shelf.batches for r in batch
    }
    assert newest == latest


@pytest.mark.django_db(transaction=True)
def test_a_session_leaves_sql_thirty_days_after_its_last_report() -> None:
    student = User.objects.create_user("s@example.com", user_type="student")
    for session_id, days in (("old", 31), ("recent", 29)):
        moment = now() - timedelta(days=days)
        PracticeSession.objects.create(
            student=student,
            session_id=session_id,
            student_email=student.email,
            started_at=moment,
            last_update=moment,
        )
    assert practice_sessions.purge() == 1
    assert practice_sessions.purge() == 0
    assert PracticeSession.objects.get().session_id == "recent"
