"""What could only wait for ever, or be kept for ever, says so instead."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from channels.layers import get_channel_layer

from speaktracker.layers import ClassroomLayer
from speaktracker.layers.subscription import Subscription
from tests.layers.listening import DEADLINE, hears, member
from tests.layers.test_loops import elsewhere
from tests.socket_client import SocketClient

Use = Callable[[ClassroomLayer, str], Coroutine[Any, Any, Any]]
ELSEWHERE = "specific.0123456789abcdef!1"


async def receives(layer: ClassroomLayer, channel: str) -> None:
    await asyncio.wait_for(layer.receive(channel), DEADLINE)


async def attaches(layer: ClassroomLayer, channel: str) -> None:
    layer.attach(channel, lambda _event: None)


async def joins(layer: ClassroomLayer, channel: str) -> None:
    await layer.group_add("class", channel)


USES = pytest.mark.parametrize("use", [receives, attaches, joins])


@pytest.mark.parametrize("use", [receives, attaches])
async def test_only_the_loop_that_owns_a_channel_receives(layer: ClassroomLayer, use: Use) -> None:
    channel = await member(layer)
    with pytest.raises(RuntimeError, match="another event loop"):
        await elsewhere(lambda: use(layer, channel))


async def test_a_name_that_one_loop_receives_is_not_received_in_another(
    layer: ClassroomLayer,
) -> None:
    await layer.send("worker", {"type": "job"})
    with pytest.raises(RuntimeError, match="another event loop"):
        await elsewhere(lambda: receives(layer, "worker"))
    assert await hears(layer, "worker") == {"type": "job"}


@USES
async def test_only_its_process_receives_and_joins_for_a_channel(
    layer: ClassroomLayer, use: Use
) -> None:
    with pytest.raises(RuntimeError, match="another process"):
        await use(layer, ELSEWHERE)


@USES
async def test_a_channel_that_has_ended_is_not_begun_again(layer: ClassroomLayer, use: Use) -> None:
    channel = await member(layer)
    layer.forget(channel)
    with pytest.raises(RuntimeError, match="has ended"):
        await use(layer, channel)


@pytest.mark.parametrize("way", ["forget", "flush", "elsewhere", "attach"])
async def test_who_waits_for_a_channel_that_ends_is_told(layer: ClassroomLayer, way: str) -> None:
    channel = await member(layer)
    waiting = asyncio.ensure_future(layer.receive(channel))
    await asyncio.sleep(0)
    if way == "elsewhere":
        await asyncio.to_thread(layer.forget, channel)
    elif way == "attach":
        await attaches(layer, channel)
    elif way == "flush":
        await layer.flush()
    else:
        layer.forget(channel)
    with pytest.raises(RuntimeError, match=r"has ended|sink"):
        await asyncio.wait_for(waiting, DEADLINE)


async def test_nobody_waits_beside_a_sink(layer: ClassroomLayer) -> None:
    channel = await member(layer)
    await attaches(layer, channel)
    with pytest.raises(RuntimeError, match="sink"):
        await receives(layer, channel)


def of_sockets() -> set[str]:
    """Name the channels of this process that sockets have, and not its duties."""
    queues = get_channel_layer()._channels._queues
    return {name for name in queues if name.startswith("specific.")}


async def test_a_subscription_that_was_closed_meanwhile_leaves_nothing_behind() -> None:
    before = of_sockets()
    subscription = await Subscription.open()
    subscription.close()
    await subscription.join("class")
    subscription.start(lambda _event: None)
    assert of_sockets() == before


async def test_a_socket_that_is_none_of_ours_leaves_no_channel_behind() -> None:
    before = of_sockets()
    socket = await SocketClient("/nowhere/").open()
    assert await socket.is_closed_with() == 4400
    await socket.close(4400)
    assert of_sockets() == before
