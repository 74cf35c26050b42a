"""Events that go to a socket's outlet directly, and the bounded queue behind it."""

import asyncio

import pytest

from speaktracker.layers import ClassroomLayer, Event
from tests.layers.listening import attached, hears, hears_nothing_before, member


async def test_a_sink_has_the_event_when_the_sender_goes_on(layer: ClassroomLayer) -> None:
    async with attached(layer, "class") as heard:
        await layer.group_send("class", {"type": "greeting"})
        assert heard.get_nowait() == {"type": "greeting"}


async def test_a_sink_has_at_once_what_waits_already(layer: ClassroomLayer) -> None:
    heard: list[Event] = []
    channel = await member(layer, "class")
    await layer.group_send("class", {"type": "before"})
    layer.attach(channel, heard.append)
    assert heard == [{"type": "before"}]


async def test_a_broken_sink_harms_nobody_and_is_logged_once(
    layer: ClassroomLayer, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_event: Event) -> None:
        raise ZeroDivisionError

    broken = await member(layer, "class")
    layer.attach(broken, fail)
    async with attached(layer, "class") as heard:
        await layer.group_send("class", {"type": "one"})
        await layer.group_send("class", {"type": "two"})
        assert heard.qsize() == 2
    assert [record.message for record in caplog.records if broken in record.message].__len__() == 1


async def test_a_forgotten_channel_hears_nothing(layer: ClassroomLayer) -> None:
    heard: list[Event] = []
    channel = await member(layer, "class")
    layer.attach(channel, heard.append)
    layer.forget(channel)
    layer.forget(channel)
    await layer.group_send("class", {"type": "greeting"})
    await layer.send(channel, {"type": "greeting"})
    assert heard == []


async def test_a_sink_may_forget_another_member_while_an_event_goes_round(
    layer: ClassroomLayer,
) -> None:
    first, second = await member(layer, "class"), await member(layer, "class")
    heard: list[str] = []

    def only_one(name: str, other: str) -> None:
        def take(_event: Event) -> None:
            heard.append(name)
            layer.forget(other)

        layer.attach(name, take)

    only_one(first, second)
    only_one(second, first)
    await layer.group_send("class", {"type": "greeting"})
    assert heard == [first]


@pytest.mark.parametrize("layer", ["ours alone"], indirect=True)
async def test_a_slow_receiver_loses_the_oldest_and_is_told_once(layer: ClassroomLayer) -> None:
    channel = await member(layer, "class")
    for number in range(1_005):
        await layer.group_send("class", {"type": "count", "number": number})
    assert await hears(layer, channel) == {"type": "layer.lagged"}
    heard = [(await hears(layer, channel))["number"] for _ in range(1_000)]
    assert heard == list(range(5, 1_005))
    await hears_nothing_before(layer, channel, "marker")


async def test_a_receiver_that_lags_again_is_told_again() -> None:
    layer = ClassroomLayer(capacity=2)
    channel = await member(layer)
    for _ in range(2):
        for _ in range(3):
            await layer.send(channel, {"type": "count"})
        kinds = [(await hears(layer, channel))["type"] for _ in range(3)]
        assert kinds == ["layer.lagged", "count", "count"]


async def test_a_cancelled_receive_loses_nothing(layer: ClassroomLayer) -> None:
    channel = await member(layer, "class")
    waiting = asyncio.ensure_future(layer.receive(channel))
    await asyncio.sleep(0)
    await layer.group_send("class", {"type": "greeting"})
    waiting.cancel()
    await asyncio.wait([waiting])
    if waiting.cancelled():
        assert await hears(layer, channel) == {"type": "greeting"}
