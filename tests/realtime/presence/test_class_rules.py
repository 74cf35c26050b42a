"""The classroom alone: random lives of a student, seen over a channel that loses and reorders."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from realtime.presence import class_rules
from realtime.presence.class_rules import Practice, Report, Student, StudentChange, changes_class
from realtime.sockets.fan_out.last_sent import LastSent
from speaktracker.clock import microseconds, stamp

AT = datetime(2026, 1, 14, 10, 30, tzinfo=UTC)
NEW = Student(1, "student@example.com", "Student")
WORDS = st.sampled_from(["studying", "idle", "paused", "finished"])
TRANSITIONS = ("student_joined", "student_left")


def report(version: int, word: Any = "studying") -> Report:
    return Report(word, "session_123", "Hi", 45, AT, student_id=1, version=version)


def online(version: int = 1) -> Student:
    joined = class_rules.connect(NEW, version, AT)
    assert joined
    return joined.student


def test_a_first_connect_is_a_join_that_shows_idle() -> None:
    before = replace(NEW, practice=Practice("paused", "old", "Hi", 45))
    change = class_rules.connect(before, 7, AT)
    assert change
    assert (change.action, change.student.version) == ("student_joined", 7)
    practice = change.student.practice
    assert (practice.status, practice.progress, practice.current_sentence) == ("idle", 0, "")
    assert practice.session_id is None


def test_another_connect_changes_nothing() -> None:
    assert class_rules.connect(online(), 9, AT) is None


def test_a_report_of_an_offline_student_changes_nothing() -> None:
    assert class_rules.report(NEW, report(9)) is None


def test_a_report_that_is_not_newer_changes_nothing() -> None:
    student = online(5)
    assert class_rules.report(student, report(5)) is None
    assert class_rules.report(student, report(4)) is None


def test_leaving_twice_is_one_leave() -> None:
    left = class_rules.leave(online(), 2)
    assert left
    assert (left.action, left.reason, left.student.online) == (
        "student_left",
        "disconnected",
        False,
    )
    assert class_rules.leave(left.student, 3) is None


def test_leaving_finished_is_an_update() -> None:
    finished = class_rules.report(online(), report(2, "finished"))
    assert finished
    assert (finished.action, finished.reason) == ("student_left", "finished")
    gone = class_rules.leave(finished.student, 3)
    assert gone
    assert (gone.action, gone.student.practice.status) == ("update", "finished")


@given(st.integers(0, 2**52))
def test_a_version_exceeds_what_is_known_and_never_runs_behind_the_clock(known: int) -> None:
    clock = microseconds()
    version, moment = stamp(known)
    assert version > known
    assert version >= clock
    assert version <= 2**53
    assert abs(moment.timestamp() - clock / 1e6) < 60


@given(WORDS, st.booleans())
def test_a_status_changes_class_exactly_when_it_makes_a_transition(
    word: Any, in_class: bool
) -> None:
    student = replace(online(1), in_class=in_class)
    change = class_rules.report(student, report(2, word))
    assert change
    assert changes_class(in_class, word) == (change.action in TRANSITIONS)


class Classroom(RuleBasedStateMachine):
    """One student's connects, reports and leaves, and a dashboard at the end of a bad line."""

    def __init__(self) -> None:
        super().__init__()
        self.student = NEW
        self.transitions: list[str] = []
        self.versions = [0]
        self.waiting: list[StudentChange] = []
        self.last_sent = LastSent()
        self.last_sent.seed([NEW])
        self.shown: list[str] = []

    def take(self, change: StudentChange | None) -> None:
        if change is None:
            return
        self.student = change.student
        self.versions.append(change.student.version)
        self.waiting.append(change)
        if change.action in TRANSITIONS:
            self.transitions.append(change.action)

    def version(self) -> int:
        return self.student.version + 1

    @rule()
    def connect(self) -> None:
        self.take(class_rules.connect(self.student, self.version(), AT))

    @rule(word=WORDS, late=st.integers(-2, 3))
    def report(self, word: Any, late: int) -> None:
        self.take(class_rules.report(self.student, report(self.version() + late, word)))

    @rule()
    def leave(self) -> None:
        self.take(class_rules.leave(self.student, self.version()))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data(), twice=st.booleans())
    def arrive(self, data: st.DataObject, twice: bool) -> None:
        """Bring any of what waits, perhaps twice."""
        change = data.draw(st.sampled_from(self.waiting))
        if not twice:
            self.waiting.remove(change)
        self.show(self.last_sent.admit(1, change.student.version, change.student.in_class))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        """Lose any of what waits."""
        self.waiting.remove(data.draw(st.sampled_from(self.waiting)))

    @rule()
    def check(self) -> None:
        """Heal: after that the dashboard shows the truth."""
        for change in self.last_sent.missing([self.student]):
            assert change.student == self.student
            self.show(change.action)
        assert self.last_sent.shows_in_class(1) == self.student.in_class
        assert not list(self.last_sent.missing([self.student]))

    def show(self, action: str | None) -> None:
        if action in TRANSITIONS:
            self.shown.append(str(action))

    @invariant()
    def transitions_alternate(self) -> None:
        for transitions in (self.transitions, self.shown):
            assert transitions == [TRANSITIONS[n % 2] for n in range(len(transitions))]

    @invariant()
    def versions_grow(self) -> None:
        assert self.versions == sorted(set(self.versions))

    @invariant()
    def in_class_is_online_and_not_finished(self) -> None:
        student = self.student
        assert student.in_class == (student.online and student.practice.status != "finished")

    @invariant()
    def the_dashboard_shows_its_last_transition(self) -> None:
        assert self.last_sent.shows_in_class(1) == (len(self.shown) % 2 == 1)


TestAnyLifeOfAStudent = Classroom.TestCase
TestAnyLifeOfAStudent.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, derandomize=True, database=None
)


def test_a_dashboard_is_sent_nothing_of_somebody_it_does_not_know() -> None:
    last_sent = LastSent()
    assert last_sent.admit(1, 5, True) is None
    assert not last_sent.is_on_roster(1)
    assert not last_sent.shows_in_class(1)


def test_a_student_who_was_just_assigned_may_join() -> None:
    last_sent = LastSent()
    last_sent.add(1)
    assert last_sent.admit(1, 0, True) == "student_joined"


def test_adding_somebody_again_forgets_nothing() -> None:
    last_sent = LastSent()
    last_sent.seed([online(5)])
    last_sent.add(1)
    assert last_sent.admit(1, 5, False) is None


def test_a_student_who_was_removed_is_not_shown_again() -> None:
    last_sent = LastSent()
    last_sent.seed([online(5)])
    last_sent.remove(1)
    assert last_sent.admit(1, 9, False) is None
    assert last_sent.roster() == set()


def test_a_snapshot_sets_nothing_back_that_was_sent_before() -> None:
    last_sent = LastSent()
    last_sent.seed([online(5)])
    event = {"version": 9}
    assert last_sent.admit(1, 9, True, event) == "update"
    assert last_sent.newer_than(online(5)) is event
    last_sent.seed([online(5)])
    assert last_sent.admit(1, 8, True) is None
    assert last_sent.newer_than(online(9)) is None


def test_a_missed_leave_says_why() -> None:
    finished = replace(online(5), in_class=False, practice=Practice("finished"), version=6)
    for truth, reason in (
        (finished, "finished"),
        (replace(finished, online=False), "disconnected"),
    ):
        last_sent = LastSent()
        last_sent.seed([online(5)])
        (change,) = last_sent.missing([truth])
        assert (change.action, change.reason) == ("student_left", reason)
