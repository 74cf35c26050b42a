"""What simulated students do, and when."""

from itertools import islice
from random import Random

from speaktracker.simulation.measurement.sightings import Marker
from speaktracker.simulation.people.practice import SimulatedPractice
from speaktracker.simulation.schedule import Allowance, Beat, Rota


class Someone:
    """Somebody in a rota who may be away or resting."""

    def __init__(self, away: bool = False, rests: int = 0) -> None:
        self.away, self.left = away, rests

    def may_send(self, now: float) -> bool:
        return not self.away

    def rests(self) -> bool:
        self.left -= 1
        return self.left >= 0


def sessions_of(count: int) -> list[Marker]:
    practice = SimulatedPractice("sim-x-1", Random(7))
    return [practice.next() for _ in range(count)]


def test_no_student_says_the_same_twice() -> None:
    said = sessions_of(2_000)
    assert len(set(said)) == len(said)


def test_a_session_goes_forward_and_finishes() -> None:
    said = [marker for marker in sessions_of(2_000) if marker.session_id == "sim-x-1-2"]
    progress = [marker.progress for marker in said]
    assert progress == sorted(progress)
    assert progress[-1] == 100
    assert [marker.status for marker in said].index("finished") == len(said) - 1
    assert 5 <= len({marker.sentence for marker in said}) <= 12


def test_students_study_mostly_and_take_breaks() -> None:
    statuses = [marker.status for marker in sessions_of(2_000)]
    assert statuses.count("studying") > 1_600
    assert {"idle", "paused", "finished"} <= set(statuses)


def test_a_student_rests_after_a_session() -> None:
    practice = SimulatedPractice("sim-x-1", Random(7))
    while practice.next().status != "finished":
        assert not practice.rests()
    rested = list(islice(iter(practice.rests, False), 10))
    assert 1 <= len(rested) <= 4


def test_the_beat_is_open_loop() -> None:
    beat = Beat(rate=10, start=100.0)
    assert beat.due(100.05) == 0
    assert round(beat.wait(100.05), 6) == 0.05
    assert beat.due(100.1) == 1
    assert beat.due(101.0) == 9  # what was missed is due at once


def test_an_allowance_never_lets_more_than_its_rate_pass() -> None:
    allowance, passed = Allowance(rate=10, burst=3), 0
    for tick in range(1_000):
        if allowance.allows(tick / 100):
            allowance.take(tick / 100)
            passed += 1
    assert 100 <= passed <= 103


def picked(rota: Rota[Someone], times: int) -> list[Someone | None]:
    return [rota.pick(0.0) for _ in range(times)]


def test_everybody_has_their_turn() -> None:
    people = [Someone(), Someone(), Someone()]
    rota = Rota(people)
    assert picked(rota, 6) == [people[n] for n in (0, 1, 2, 0, 1, 2)]


def test_who_rests_or_is_away_is_passed_over() -> None:
    people = [Someone(rests=1), Someone(), Someone(away=True)]
    rota = Rota(people)
    assert picked(rota, 3) == [people[n] for n in (1, 0, 1)]


def test_a_rest_ends_when_nobody_else_may_send() -> None:
    resting = Someone(rests=5)
    assert Rota([resting, Someone(away=True)]).pick(0.0) is resting


def test_nobody_sends_when_all_are_away() -> None:
    assert Rota([Someone(away=True)]).pick(0.0) is None
