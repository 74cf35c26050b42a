"""Dashboards that share a board see what each would see alone, and end one by one."""

import asyncio
import random
from typing import Any

from channels.layers import get_channel_layer

from realtime.presence.class_rules import Action, Student
from realtime.sockets.fan_out.last_sent import LastSent
from realtime.sockets.fan_out.tutor_board import TutorBoard, board_of
from realtime.sockets.queued_frame import Merging, QueueBounds
from realtime.sockets.write_queue import WriteQueue
from speaktracker.layers import ClassroomLayer
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.inside import the_socket
from tests.realtime.messages import status
from tests.socket_client import SocketClient

Event = dict[str, Any]
# The version of what was shown, and as what.
Step = tuple[int, Action]
STUDENTS = (1, 2, 3)


class OneWatcher:
    """Notes what it is shown, and what it would have been shown by a memory of its own."""

    def __init__(self) -> None:
        self.last_sent, self.alone = LastSent(), LastSent()
        self.write_queue = WriteQueue(self.send, QueueBounds(1_000, 1_000_000), self)
        self.shown: list[Step] = []
        self.expected: list[Step] = []
        self.held: list[Event] | None = []

    async def send(self, _content: str | bytes) -> None:
        """Write nothing: all that comes is written at once."""

    def __call__(self, text: str) -> bool:
        raise AssertionError(f"{text} was made for all: it comes as a frame")

    def on_text(self, receiver: Any) -> None:
        """Read nothing."""

    def write_frame(self, frame: bytes) -> bool:
        for data in self.frame_data(frame):
            self.shown.append((int(data), "update"))
        return True

    def frame_data(self, frame: bytes) -> list[bytes]:
        return [frame[2:-1]]

    def on_event(self, event: Event) -> None:
        assert self.held is not None, "only who holds back is given a change as it comes"
        self.held.append(event)

    def show(self, event: Event, action: Action | None) -> None:
        if action is not None:
            self.shown.append((event["version"], action))
            if event["membership"] == "removed":
                self.last_sent.remove(event["student"])

    def expect(self, event: Event) -> None:
        """Admit a change by the memory of its own."""
        if event["membership"] == "added":
            self.alone.add(event["student"])
        action = self.alone.admit(event["student"], event["version"], event["in_class"], event)
        if action is not None:
            self.expected.append((event["version"], action))
            if event["membership"] == "removed":
                self.alone.remove(event["student"])

    def finish_load(self, board: TutorBoard, students: list[Student]) -> None:
        """Be sent a snapshot of `students`, then what came meanwhile."""
        held, self.held = self.held or [], None
        self.last_sent.seed(students)
        self.alone.seed(students)
        for event in held:
            board.part(event["student"])
            if event["membership"] == "added":
                self.last_sent.add(event["student"])
            version, in_class = event["version"], event["in_class"]
            self.show(event, self.last_sent.admit(event["student"], version, in_class, event))
            self.expect(event)
        board.release(self)

    def repair(self, board: TutorBoard, student: Student) -> None:
        """Find by a check that a change was missed."""
        for change in self.last_sent.missing([student]):
            board.part(student.student_id)
            self.shown.append((student.version, change.action))
        for change in self.alone.missing([student]):
            self.expected.append((student.version, change.action))


class BatchingWatcher(OneWatcher):
    """One that asked for batches."""

    def __init__(self) -> None:
        super().__init__()
        bounds, merging = QueueBounds(1_000, 1_000_000), Merging(",".join, beat_seconds=0)
        self.write_queue = WriteQueue(self.send, bounds, self, merging)

    def frame_data(self, frame: bytes) -> list[bytes]:
        return frame[2:].split(b",")


def version_of(student: int, number: int) -> int:
    """Number a change so that its number says whose it is."""
    return number * 10 + student


def steps_of(student: int, steps: list[Step]) -> list[Step]:
    return [step for step in steps if step[0] % 10 == student]


def some_event(chance: random.Random, version: int) -> Event:
    membership = chance.choice((*(None,) * 12, "added", "removed"))
    student = chance.choice(STUDENTS)
    version = version_of(student, max(1, version - chance.choice((0, 0, 0, 3))))
    return {
        "type": "dashboard.student",
        "student": student,
        "version": version,
        "in_class": chance.random() < 0.8,
        "action": chance.choice(("update",) * 9 + ("student_joined",)),
        "membership": membership,
        "received": 0.0,
        "text": f"{version};",
        "data_at": 0,
    }


def some_students(chance: random.Random, version: int) -> list[Student]:
    return [
        Student(one, "", "", in_class=chance.random() < 0.8, version=version_of(one, number))
        for one in STUDENTS
        for number in (version - chance.randrange(9),)
        if chance.random() < 0.9
    ]


async def walk(chance: random.Random, watchers: list[OneWatcher]) -> None:
    """Have the dashboards of a board come, load, miss and be told things in any order."""
    board = TutorBoard(1, {})
    for one in watchers:
        await board.enter(one)
    for version in range(1, 150):
        one, step = chance.choice(watchers), chance.random()
        if step < 0.06 and one.held is None:
            board.hold(one)
            one.held = []
        elif step < 0.18 and one.held is not None:
            one.finish_load(board, some_students(chance, version))
        elif step < 0.22 and one.held is None:
            student = chance.choice(STUDENTS)
            one.repair(board, Student(student, "", "", version=version_of(student, version)))
        elif step < 0.3:
            await asyncio.sleep(0)  # a beat passes, if one has begun
        else:
            event = some_event(chance, version)
            for other in watchers:
                if other.held is None:
                    other.expect(event)
            board.on_event(event)
    for one in watchers:
        board.leave(one)


async def test_each_sees_what_it_would_see_alone() -> None:
    for seed in range(60):
        watchers = [OneWatcher() for _ in range(3)]
        await walk(random.Random(seed), watchers)
        assert [one.shown for one in watchers] == [one.expected for one in watchers], seed
        assert sum(len(one.shown) for one in watchers) > 20, seed


async def test_who_asked_for_batches_sees_the_latest_of_each_in_its_order() -> None:
    left_out = 0
    for seed in range(60):
        watchers = [BatchingWatcher(), OneWatcher(), BatchingWatcher()]
        await walk(random.Random(seed), [*watchers])
        for one in watchers:
            for student in STUDENTS:
                shown, expected = steps_of(student, one.shown), steps_of(student, one.expected)
                assert shown[-1:] == expected[-1:], (seed, student)
                assert [step for step in expected if step in shown] == shown, (seed, student)
                changes = [step for step in expected if step[1] != "update"]
                assert [step for step in shown if step[1] != "update"] == changes, (seed, student)
        left_out += len(watchers[0].expected) - len(watchers[0].shown)
    assert left_out > 50


async def test_who_comes_later_and_who_stays_see_the_same(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, tutor: User
) -> None:
    await practice.send(status(progress=1))
    await dashboard.sees("update", progress=1)
    second = await connect(tutor)
    assert (await second.sees("broadcast_all"))["students"][0]["progress"] == 1
    for progress in (2, 3):
        await practice.send(status(progress=progress))
        assert await dashboard.next() == await second.next()
    await dashboard.close()
    await practice.send(status(progress=4))
    assert (await second.sees("update"))["progress"] == 4


async def test_the_last_one_ends_the_subscription_and_the_next_one_makes_another(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, tutor: User
) -> None:
    layer, board = get_channel_layer(), board_of(tutor.pk)
    assert isinstance(layer, ClassroomLayer)
    group = f"dashboards.{tutor.pk}"
    assert len(layer._channels.members(group)) == 1
    shown = the_socket(tutor).dashboard
    assert shown
    shown.close()
    assert not layer._channels.members(group)
    shown.close()
    second = await connect(tutor)
    await second.sees("broadcast_all")
    assert board_of(tutor.pk) is not board
    await practice.send(status(progress=5))
    assert (await second.sees("update"))["progress"] == 5
