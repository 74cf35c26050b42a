"""Several event loops in one process: management commands, tests, sync views."""

import asyncio
import gc
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from speaktracker.layers import ClassroomLayer, Event
from tests.layers.listening import an_installation, attached, hears, member, until
from tests.valkey import Valkey


async def elsewhere(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run `work` in a loop of its own, in a thread of its own, until that loop is closed."""
    return await asyncio.to_thread(asyncio.run, work())


async def test_a_sender_in_another_loop_wakes_the_receiver(layer: ClassroomLayer) -> None:
    channel = await member(layer, "class")
    waiting = asyncio.ensure_future(hears(layer, channel))
    await elsewhere(lambda: layer.group_send("class", {"type": "greeting"}))
    assert await waiting == {"type": "greeting"}


async def test_a_sink_is_called_in_the_loop_that_owns_the_channel(layer: ClassroomLayer) -> None:
    called_in: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    channel = await member(layer, "class")

    def take(_event: Event) -> None:
        called_in.set_result(threading.get_ident())

    layer.attach(channel, take)
    await elsewhere(lambda: layer.group_send("class", {"type": "greeting"}))
    assert await asyncio.wait_for(called_in, 30) == threading.get_ident()


async def test_members_of_a_closed_loop_are_dropped_silently(layer: ClassroomLayer) -> None:
    await elsewhere(lambda: member(layer, "class"))
    async with attached(layer, "class") as heard:
        await layer.group_send("class", {"type": "greeting"})
        assert heard.get_nowait() == {"type": "greeting"}


async def test_a_channel_may_be_ended_from_another_loop(layer: ClassroomLayer) -> None:
    channel = await member(layer, "class")

    async def forget() -> None:
        layer.forget(channel)

    await elsewhere(forget)
    async with attached(layer, "class") as heard:
        await layer.group_send("class", {"type": "greeting"})
        assert (await until(heard, "greeting")) == {"type": "greeting"}


async def test_a_channel_may_be_joined_to_a_group_from_another_loop(layer: ClassroomLayer) -> None:
    channel = await member(layer)
    await elsewhere(lambda: layer.group_add("class", channel))
    await layer.group_send("class", {"type": "greeting"})
    assert await hears(layer, channel) == {"type": "greeting"}


async def test_a_command_has_published_when_its_call_returns(
    process: Callable[[], ClassroomLayer],
) -> None:
    server, command = process(), process()
    async with attached(server, "class") as heard:
        send = async_to_sync(command.group_send)
        await asyncio.to_thread(send, "class", {"type": "greeting"})
        assert await until(heard, "greeting") == {"type": "greeting"}


def test_a_channel_name_can_be_received_in_one_loop_after_another() -> None:
    layer = ClassroomLayer()

    async def once() -> Event:
        await layer.send("worker", {"type": "job"})
        return await layer.receive("worker")

    assert [asyncio.run(once()) for _ in range(2)] == [{"type": "job"}] * 2


def test_a_loop_may_be_closed_by_hand(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    fell: list[BaseException | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda of: fell.append(of.exc_value))
    loop = asyncio.new_event_loop()
    layer = ClassroomLayer(valkey.url, [an_installation()])
    loop.run_until_complete(member(layer, "class"))
    loop.set_exception_handler(lambda *_: None)  # asyncio itself says that tasks were left
    loop.close()
    del layer, loop
    gc.collect()
    assert not [error for error in fell if isinstance(error, RuntimeError)]


@pytest.mark.parametrize("senders", [4])
async def test_threads_may_join_leave_and_send_at_the_same_time(
    layer: ClassroomLayer, senders: int
) -> None:
    async def come_and_go() -> None:
        for _ in range(25):
            channel = await member(layer, "class")
            await layer.group_send("class", {"type": "noise"})
            layer.forget(channel)

    await asyncio.gather(*(elsewhere(come_and_go) for _ in range(senders)))
    async with attached(layer, "class") as heard:
        await layer.group_send("class", {"type": "greeting"})
        assert (await until(heard, "greeting")) == {"type": "greeting"}
