"""What was sent against what dashboards showed."""

from dataclasses import replace

import pytest

from speaktracker.simulation.measurement.boards import Board, Boards
from speaktracker.simulation.measurement.sightings import Marker, SentStatus
from speaktracker.simulation.measurement.tally import Tally
from speaktracker.simulation.seen_frames import SeenStudent

EMAIL = "student1@example.com"
FIRST, SECOND, THIRD = (Marker("s", "studying", "Hello.", progress) for progress in (1, 2, 3))


class Scene:
    """One dashboard with one student, who is in class; time stands at what a test says."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.counts = self.tally.status
        self.boards = Boards(self.tally)
        self.board: Board = self.boards.add()
        self.board.open(0.0)
        self.board.snapshot([SeenStudent(EMAIL, 0, online=True)], 0.0)

    def sends(self, *markers: Marker, at: float = 1.0) -> None:
        for marker in markers:
            self.boards.expect(EMAIL, SentStatus(marker, at))

    def shows(self, marker: Marker, version: int, action: str = "update", at: float = 2.0) -> None:
        self.board.change(action, student(marker, version), at)


def student(marker: Marker, version: int) -> SeenStudent:
    return SeenStudent(
        EMAIL,
        version,
        status=marker.status,
        current_sentence=marker.sentence,
        progress=marker.progress,
        session_id=marker.session_id,
        online=True,
    )


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_status_that_is_shown_is_delivered(scene: Scene) -> None:
    scene.sends(FIRST, at=1.0)
    scene.shows(FIRST, 1, at=1.5)
    assert scene.counts.delivered == 1
    assert scene.tally.shown.longest == 0.5
    assert scene.tally.is_good


def test_a_status_whose_successor_is_shown_is_conflated(scene: Scene) -> None:
    scene.sends(FIRST, SECOND, THIRD)
    scene.shows(THIRD, 3)
    assert (scene.counts.conflated, scene.counts.delivered) == (2, 1)
    assert scene.boards.waiting() == 0


def test_a_status_that_nothing_supersedes_is_lost_after_the_deadline(scene: Scene) -> None:
    scene.sends(FIRST, at=100.0)
    scene.boards.give_up(119.0, 20)
    assert scene.counts.lost == 0
    scene.boards.give_up(121.0, 20)
    assert scene.counts.lost == 1
    assert not scene.tally.is_good


def test_nothing_is_lost_while_the_dashboard_is_away_or_has_just_returned(scene: Scene) -> None:
    scene.sends(FIRST, at=1.0)
    scene.board.close()
    scene.boards.give_up(100.0, 20)
    scene.board.open(100.0)
    scene.boards.give_up(110.0, 20)
    assert scene.counts.lost == 0
    scene.board.snapshot([student(SECOND, 9)], 111.0)
    scene.boards.give_up(121.0, 20)
    assert scene.counts.lost == 1


def test_what_the_server_never_acknowledged_before_the_line_broke_is_not_lost(scene: Scene) -> None:
    sent = SentStatus(FIRST, 1.0)
    scene.boards.expect(EMAIL, sent)
    sent.in_doubt = True
    scene.boards.give_up(100.0, 20)
    assert (scene.counts.unconfirmed, scene.counts.lost) == (1, 0)


def test_a_version_that_goes_backwards_is_out_of_order(scene: Scene) -> None:
    scene.sends(FIRST, SECOND)
    scene.shows(SECOND, 5)
    scene.shows(FIRST, 4)
    assert scene.counts.out_of_order == 1


def test_an_older_status_under_a_newer_version_is_out_of_order(scene: Scene) -> None:
    scene.sends(FIRST, SECOND)
    scene.shows(SECOND, 5)
    scene.shows(FIRST, 6)
    assert scene.counts.out_of_order == 1


def test_the_same_state_again_is_neither(scene: Scene) -> None:
    scene.sends(FIRST)
    scene.shows(FIRST, 5)
    scene.board.snapshot([student(FIRST, 5)], 3.0)
    assert (scene.counts.delivered, scene.counts.out_of_order) == (1, 0)


def test_a_new_connection_is_held_against_itself_alone(scene: Scene) -> None:
    scene.sends(FIRST, SECOND)
    scene.shows(SECOND, 5)
    scene.board.open(3.0)
    scene.board.snapshot([student(FIRST, 4)], 3.0)
    assert scene.counts.out_of_order == 0


def test_two_joins_in_a_row_do_not_alternate(scene: Scene) -> None:
    scene.shows(replace(FIRST, status="finished"), 1, "student_left")
    scene.shows(SECOND, 2, "student_joined")
    assert scene.counts.not_alternating == 0
    scene.shows(THIRD, 3, "student_joined")
    assert scene.counts.not_alternating == 1
    assert (scene.counts.joined, scene.counts.left) == (2, 1)


def test_a_refused_status_is_not_expected(scene: Scene) -> None:
    sent = SentStatus(FIRST, 1.0)
    scene.boards.expect(EMAIL, sent)
    scene.boards.refuse(EMAIL, sent)
    assert (scene.counts.refused, scene.boards.waiting()) == (1, 0)


def test_a_student_on_no_simulated_dashboard_is_not_watched(scene: Scene) -> None:
    scene.boards.expect("student2@example.com", SentStatus(FIRST, 1.0))
    assert (scene.counts.sent, scene.counts.unwatched) == (1, 1)


def test_a_student_who_is_removed_is_expected_no_longer(scene: Scene) -> None:
    scene.sends(FIRST)
    left = student(SECOND, 2)
    left.reason = "removed"
    scene.board.change("student_left", left, 2.0)
    assert (scene.counts.unwatched, scene.boards.waiting()) == (1, 0)
    assert not scene.boards.shows(EMAIL)
