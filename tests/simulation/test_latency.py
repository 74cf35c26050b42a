"""Quantiles from little memory."""

from random import Random

import pytest

from speaktracker.simulation.measurement.latency import Latencies


def latencies_of(*seconds: float) -> Latencies:
    latencies = Latencies()
    for duration in seconds:
        latencies.add(duration)
    return latencies


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_a_quantile_is_right_to_a_few_percent(share: float) -> None:
    random = Random(3)
    durations = sorted(random.lognormvariate(-5, 1.5) for _ in range(20_000))
    exact = durations[int(share * len(durations))]
    assert latencies_of(*durations).quantile(share) == pytest.approx(exact, rel=0.04)


def test_nothing_measured_is_zero() -> None:
    assert latencies_of().quantile(0.99) == 0.0
    assert list(latencies_of().rows()) == []


def test_one_duration_is_every_quantile() -> None:
    assert latencies_of(0.25).quantile(0.5) == pytest.approx(0.25, rel=0.03)
    assert latencies_of(0.25).longest == 0.25


def test_the_histogram_has_every_duration_and_no_gap() -> None:
    rows = list(latencies_of(0.0001, 0.003, 0.003, 3.0).rows())
    assert [row[:2] for row in rows][:3] == [(0, 0.5), (0.5, 1), (1, 2)]
    assert rows[-1][1] == 5_000
    assert sum(count for *_, count in rows) == 4


def test_what_no_bucket_holds_counts_in_the_last() -> None:
    latencies = latencies_of(0.0, 1e9)
    assert latencies.count == 2
    assert latencies.quantile(1.0) > 1_000
