"""The frame that the batching dashboards of a tutor share."""

from typing import Any

from realtime.sockets.fan_out.shared_beat import SharedBeat
from realtime.sockets.queued_frame import Merging, QueueBounds
from realtime.sockets.write_queue import WriteQueue

TEXT = frozenset(b"ab0123456789")


class Wire:
    """Takes frames at once, or has them wait until `drain` of its queue writes them."""

    def __init__(self, *, at_once: bool) -> None:
        self.written: list[str] = []
        writer: Any = self if at_once else None
        merging = Merging("+".join, beat_seconds=0)
        self.queue = WriteQueue(self.send, QueueBounds(10, 100_000), writer, merging)

    async def send(self, content: str | bytes) -> None:
        assert isinstance(content, str)
        self.written.append(content)

    def write_frame(self, frame: bytes) -> bool:
        # The head of a frame holds no letter of these texts.
        self.written.append(frame.lstrip(bytes(set(range(256)) - TEXT)).decode())
        return True


def update(student_id: int, data: str) -> dict[str, Any]:
    return {"student": student_id, "text": f"{data};", "data_at": 0}


async def test_who_is_behind_gets_the_latest_of_each_once_they_read() -> None:
    quick, slow, beat = Wire(at_once=True), Wire(at_once=False), SharedBeat()
    beat.line_up([quick.queue, slow.queue])
    for beats in (["a1", "a2", "b1"], ["a3"], []):
        for data in beats:
            beat.put(update(ord(data[0]), data), 0.0)
        beat.write()
    assert len(slow.queue) == 2
    await slow.queue.drain()
    assert (quick.written, slow.written) == (["a2+b1", "a3"], ["a3+b1"])


async def test_a_class_beyond_one_frame_does_not_wait_for_the_beat() -> None:
    quick, beat = Wire(at_once=True), SharedBeat()
    beat.line_up([quick.queue])
    for student_id in range(501):
        beat.put(update(student_id, str(student_id)), 0.0)
    assert [len(text.split("+")) for text in quick.written] == [500]
    beat.line_up([])
    assert quick.written[1:] == ["500"]
