"""Stays cut into spans and added up: pure, no database."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.history.reckoning import (
    Given,
    ReckonedStay,
    SessionState,
    StateChange,
    feedback_of,
    rows_of,
    spans_of,
)

T0 = datetime(2026, 1, 14, 14, 50, tzinfo=UTC)  # ten minutes to midnight in Seoul


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def change(minutes: float, status: str = "studying", **fields: Any) -> StateChange:
    return StateChange(at(minutes), status, fields.pop("session_id", "s"), **fields)


def seconds(row: Any) -> tuple[int, int, int]:
    return row.active_seconds, row.idle_seconds, row.paused_seconds


JOIN = StateChange(T0, "idle")


def test_each_state_lasts_until_the_next_and_waiting_before_the_first_report_is_idle() -> None:
    changes = [JOIN, change(1), change(4, "paused"), change(6), change(9, "idle")]
    (row,) = rows_of(ReckonedStay(T0, at(10)), changes, {})
    assert seconds(row) == (6 * 60, 2 * 60, 2 * 60)
    assert (row.session_id, row.came_at, row.left_at) == ("s", T0, at(10))


def test_a_stay_that_goes_on_has_no_end_yet() -> None:
    (row,) = rows_of(ReckonedStay(T0, at(5), goes_on=True), [JOIN, change(1)], {})
    assert (row.left_at, row.active_seconds) == (None, 240)


def test_who_reported_nothing_was_idle_in_no_session() -> None:
    (row,) = rows_of(ReckonedStay(T0, at(5)), [JOIN], {})
    assert (row.session_id, seconds(row)) == ("", (0, 300, 0))


def test_two_sessions_in_one_stay_are_two_rows_one_after_the_other() -> None:
    changes = [JOIN, change(1), change(5, session_id="t")]
    one, two = rows_of(ReckonedStay(T0, at(9)), changes, {})
    assert (one.came_at, one.left_at, seconds(one)) == (T0, at(5), (240, 60, 0))
    assert (two.came_at, two.left_at, seconds(two)) == (at(5), at(9), (240, 0, 0))


def test_two_tabs_that_take_turns_share_the_time() -> None:
    changes = [JOIN, *(change(n, session_id="ab"[n % 2]) for n in range(1, 9))]
    rows = rows_of(ReckonedStay(T0, at(9)), changes, {})
    assert sum(sum(seconds(row)) for row in rows) == 9 * 60
    assert len(rows) == 2


def test_what_was_done_before_the_stay_is_not_in_it() -> None:
    earlier = [change(-30), change(-20, "paused")]
    (row,) = rows_of(ReckonedStay(T0, at(5)), [*earlier, JOIN, change(1)], {})
    assert seconds(row) == (240, 60, 0)


def test_a_stay_over_midnight_is_whole_and_each_day_has_its_part() -> None:
    changes = [JOIN, change(1)]
    (whole,) = rows_of(ReckonedStay(T0, at(30)), changes, {})
    (before,) = rows_of(ReckonedStay(T0, at(10)), changes, {})
    (after,) = rows_of(ReckonedStay(at(10), at(30)), changes, {})
    assert whole.active_seconds == before.active_seconds + after.active_seconds == 29 * 60


A, B, C = "I am here.", "You are there.", "We are at home."
SENTENCES = [
    ([(1, A), (2, B), (3, C)], {}, 2, "left for another one"),
    ([(1, A), (2, B), (3, C)], {"progress": 100}, 3, "and the last one whole"),
    ([(1, A), (2, B), (3, A), (4, B)], {}, 2, "each once"),
    ([(1, A), (2, B), (3, C)], {"skipped": 1}, 1, "skipped ones left out"),
    ([(1, A), (2, ""), (3, A), (4, B)], {}, 1, "a pause at nothing"),
    ([(1, A)], {}, 0, "none left"),
    ([(1, A), (2, B)], {"done": 7}, 7, "the client's own count"),
    ([], {}, 0, "nothing reported"),
]


@pytest.mark.parametrize(("said", "last", "expected", "why"), SENTENCES)
def test_a_sentence_is_done_when_it_was_gone_on_from(
    said: list[Any], last: dict[str, Any], expected: int, why: str
) -> None:
    changes = [JOIN, *(change(minutes, sentence=sentence) for minutes, sentence in said)]
    states = {"s": SessionState(T0, at(8), **last)} if last else {}
    (row,) = rows_of(ReckonedStay(T0, at(9)), changes, states)
    assert row.sentences == expected, why


def test_the_last_sentence_may_be_skipped_in_its_place() -> None:
    changes = [JOIN, change(1, sentence=A), change(2, sentence=B)]
    changes.append(change(3, "finished", sentence=B, skipped=1))
    (row,) = rows_of(ReckonedStay(T0, at(3)), changes, {})
    assert row.sentences == 1


def test_finishing_at_nothing_leaves_the_last_sentence() -> None:
    changes = [JOIN, change(1, sentence=A), change(2, sentence=B), change(3, "finished")]
    (row,) = rows_of(ReckonedStay(T0, at(3)), changes, {})
    assert row.sentences == 2


def test_a_session_that_goes_on_in_a_second_stay_counts_there_what_is_new() -> None:
    first = [JOIN, change(1, sentence=A, done=0), change(2, sentence=B, done=1)]
    second = [
        StateChange(at(60), "idle"),
        change(61, sentence=B, done=1),
        change(62, sentence=C, done=2),
    ]
    states = {"s": SessionState(at(1), at(63), done=3)}
    (one,) = rows_of(ReckonedStay(T0, at(5)), [*first, *second], states)
    (two,) = rows_of(ReckonedStay(at(60), at(64)), [*first, *second], states)
    assert (one.sentences, two.sentences) == (1, 2)


def test_feedback_counts_for_the_session_it_names_else_for_the_one_under_way() -> None:
    changes = [JOIN, change(1), change(5, session_id="t")]
    rows = rows_of(ReckonedStay(T0, at(9)), changes, {})
    given = [Given(at(2), "?"), Given(at(6), "s"), Given(at(7), "?"), Given(at(8), "t")]
    assert feedback_of(rows, given, None) == [2, 2]


def test_feedback_shortly_after_a_session_counts_for_it_until_the_student_comes_again() -> None:
    rows = rows_of(ReckonedStay(T0, at(9)), [JOIN, change(1)], {})
    late = [Given(at(-1), "s"), Given(at(20), "s"), Given(at(21), "?"), Given(at(80), "s")]
    assert feedback_of(rows, late, None) == [1]
    assert feedback_of(rows, late, at(15)) == [0]


moments = st.integers(0, 3_600).map(lambda second: T0 + timedelta(seconds=second))
changes_of_any_kind = st.lists(
    st.builds(
        StateChange,
        moments,
        st.sampled_from(["studying", "idle", "paused", "finished"]),
        st.sampled_from(["", "s", "t"]),
        st.sampled_from(["", A, B, C]),
        st.integers(0, 100),
        st.integers(0, 3),
        st.none() | st.integers(0, 3),
    ),
    max_size=30,
).map(lambda changes: sorted(changes, key=lambda one: one.at))


@given(changes_of_any_kind, moments, moments)
def test_spans_fill_the_stay_and_rows_add_up_to_it(
    changes: list[StateChange], one: datetime, other: datetime
) -> None:
    stay = ReckonedStay(min(one, other), max(one, other))
    spans = spans_of(stay, changes)
    assert all(before.ended_at == after.began_at for before, after in pairwise(spans))
    rows = rows_of(stay, changes, {})
    assert sum(sum(seconds(row)) for row in rows) == (stay.ended_at - stay.came_at).seconds
    assert all(row.sentences >= 0 for row in rows)
    assert len({row.session_id for row in rows}) == len(rows)


@given(changes_of_any_kind, moments)
def test_a_stay_cut_in_two_has_the_same_time_in_sum(
    changes: list[StateChange], cut: datetime
) -> None:
    end = T0 + timedelta(hours=2)
    whole = rows_of(ReckonedStay(T0, end), changes, {})
    parts = rows_of(ReckonedStay(T0, cut), changes, {}) + rows_of(
        ReckonedStay(cut, end), changes, {}
    )
    for kind in range(3):
        assert sum(seconds(row)[kind] for row in whole) == sum(seconds(row)[kind] for row in parts)
