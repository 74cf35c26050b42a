"""Lines of metrics as CloudWatch's specification has them."""

import json
import random

import pytest

from speaktracker import clock, metrics
from speaktracker.cloudwatch.metric_document import MOST_VALUES, UNITS, metric_line
from speaktracker.cloudwatch.metric_lines import seconds_to_next_middle
from speaktracker.metrics.delay_sample import DelaySample
from tests.cloudwatch.added_up import documents, percentile

# What a pipe takes as one piece, so that lines of two workers do not mix.
PIPE_BUF = 4096


def test_a_line_names_its_metrics_its_units_and_one_dimension() -> None:
    line = metric_line("School", "st-1", 1.5, {"Messages": 3, "MessageDelay": [0.1, 2]}, {"a": 1})
    assert json.loads(line) == {
        "a": 1,
        "_aws": {
            "Timestamp": 1500,
            "CloudWatchMetrics": [
                {
                    "Namespace": "School",
                    "Dimensions": [["Stack"]],
                    "Metrics": [
                        {"Name": "Messages", "Unit": "Count"},
                        {"Name": "MessageDelay", "Unit": "Seconds"},
                    ],
                }
            ],
        },
        "Stack": "st-1",
        "Messages": 3,
        "MessageDelay": [0.1, 2],
    }


def test_the_longest_line_leaves_a_pipe_in_one_piece() -> None:
    figures = {name: [12.345678] * MOST_VALUES if name == "MessageDelay" else 1e9 for name in UNITS}
    line = metric_line("n" * 255, "s" * 200, 2e9, figures, {"process": "p" * 80})
    assert "\n" not in line
    assert len(line.encode()) < PIPE_BUF


@pytest.mark.parametrize("count", [1, 99, 100, 101, 150, 9_876, 12_345])
def test_a_hundred_values_have_the_percentiles_of_all(count: int) -> None:
    sample, seen = DelaySample(), random.Random(count).sample(range(1, 10**6), count)
    sample.is_kept = True
    for value in seen:
        sample.add(value)
    taken = sample.take(MOST_VALUES)
    assert len(taken) == min(count, MOST_VALUES)
    if count <= 10_000:
        told = documents([metric_line("n", "s", 0, {"MessageDelay": taken}, {})])
        for rank in (50, 99, 100):
            assert percentile(told, "MessageDelay", rank) == percentile_of(seen, rank)
    assert sample.take(MOST_VALUES) == []


def percentile_of(seen: list[int], rank: int) -> float:
    return sorted(seen)[-(-len(seen) * rank // 100) - 1]


def test_what_nobody_takes_is_not_kept() -> None:
    metrics.take_delays(MOST_VALUES)
    metrics.status_delay(clock.epoch() - 3)(True)
    assert metrics.take_delays(MOST_VALUES) == []


@pytest.mark.parametrize(("now", "wait"), [(0, 30), (29.9, 60.1), (30, 60), (59, 31), (61, 89)])
def test_lines_fall_into_the_middle_of_periods_and_never_close_together(
    now: float, wait: float
) -> None:
    assert seconds_to_next_middle(now, 60) == pytest.approx(wait)
