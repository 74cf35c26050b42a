"""Two layers on one Valkey are two processes."""

import asyncio
from collections.abc import Callable
from unittest.mock import patch

import pytest
import redis.asyncio

from speaktracker.layers import ClassroomLayer, Event
from speaktracker.layers.packed_events import decode_all
from speaktracker.layers.redis import pubsub_bus
from tests.layers.listening import (
    DEADLINE,
    an_installation,
    attached,
    hears,
    hears_nothing_before,
    member,
    until,
)
from tests.valkey import Valkey

Process = Callable[[], ClassroomLayer]


async def test_a_group_event_reaches_members_of_every_process_once(process: Process) -> None:
    one, other = process(), process()
    here, there = await member(one, "class"), await member(other, "class")
    await one.group_send("class", {"type": "greeting"})
    assert await hears(one, here) == await hears(other, there) == {"type": "greeting"}
    await other.send(here, {"type": "marker"})
    assert await hears(one, here) == {"type": "marker"}
    await hears_nothing_before(other, there, "marker")


async def test_a_channel_of_another_process_can_be_sent_to(process: Process) -> None:
    one, other = process(), process()
    channel = await member(other)
    await one.send(channel, {"type": "greeting"})
    assert await hears(other, channel) == {"type": "greeting"}


async def test_an_event_for_a_channel_that_has_ended_elsewhere_vanishes(process: Process) -> None:
    one, other = process(), process()
    ended, living = await member(other), await member(other)
    other.forget(ended)
    await one.send(ended, {"type": "greeting"})
    await one.send(living, {"type": "marker"})
    assert await hears(other, living) == {"type": "marker"}


async def test_a_process_listens_only_to_groups_with_members_here(process: Process) -> None:
    one, other = process(), process()
    bystander = await member(other)
    first, second = await member(other, "class"), await member(other, "class")
    await other.group_discard("class", first)
    other.forget(second)
    with patch.object(pubsub_bus, "decode_all") as decode_all:
        await one.group_send("class", {"type": "greeting"})
        await one.send(bystander, {"type": "marker"})
        assert await hears(other, bystander) == {"type": "marker"}
        decode_all.assert_not_called()


async def test_a_group_keeps_being_heard_until_its_last_member_leaves(process: Process) -> None:
    one, other = process(), process()
    first, second = await member(other, "class"), await member(other, "class")
    other.forget(first)
    await one.group_send("class", {"type": "greeting"})
    assert await hears(other, second) == {"type": "greeting"}


async def test_an_event_is_decoded_once_however_many_hear_it(process: Process) -> None:
    one, other = process(), process()
    channels = [await member(other, "class") for _ in range(20)]
    with patch.object(pubsub_bus, "decode_all", wraps=decode_all) as decode:
        await one.group_send("class", {"type": "greeting"})
        for channel in channels:
            await hears(other, channel)
        assert decode.call_count == 1


async def test_two_hundred_who_send_in_one_tick_are_all_heard(process: Process) -> None:
    one, other = process(), process()
    async with attached(other, "class") as heard:
        events: list[Event] = [{"type": "count", "number": number} for number in range(200)]
        await asyncio.gather(*(one.group_send("class", event) for event in events))
        numbers = [(await until(heard, "count"))["number"] for _ in events]
        assert numbers == list(range(200))


async def test_what_is_told_in_one_tick_leaves_as_one_and_arrives_in_order(
    valkey: Valkey, process: Process
) -> None:
    one, other = process(), process()
    async with (
        redis.asyncio.from_url(valkey.url) as client,
        client.pubsub() as witness,
        attached(other, "class") as heard,
    ):
        await witness.psubscribe("*:group.class")
        await one.group_send("class", {"type": "greeting"})
        for number in range(200):
            one.group_send_nowait("class", {"type": "count", "number": number})
        await one.group_send("class", {"type": "marker"})
        assert [(await until(heard, "count"))["number"] for _ in range(200)] == list(range(200))
        assert (await until(heard, "marker"))["type"] == "marker"
        published = 0
        async with asyncio.timeout(DEADLINE):
            async for message in witness.listen():
                published += message["type"] == "pmessage"
                if "marker" in str(message["data"]):
                    break
        assert published == 3


async def test_what_is_told_is_not_overtaken_by_what_is_sent_to_one_channel(
    process: Process,
) -> None:
    one, other = process(), process()
    channel = await member(other, "class")
    await one.group_send("class", {"type": "greeting"})
    one.group_send_nowait("class", {"type": "told"})
    await one.send(channel, {"type": "sent"})
    heard = [(await hears(other, channel))["type"] for _ in range(3)]
    assert heard == ["greeting", "told", "sent"]


async def test_what_was_told_before_the_layer_closes_is_still_sent(process: Process) -> None:
    one, other = process(), process()
    channel = await member(other, "class")
    await one.group_send("class", {"type": "greeting"})
    one.group_send_nowait("class", {"type": "farewell"})
    await one.close()
    assert [(await hears(other, channel))["type"] for _ in range(2)] == ["greeting", "farewell"]


async def test_joining_leaving_and_joining_again_at_once_ends_inside(process: Process) -> None:
    one, other = process(), process()
    channel = await other.new_channel()
    await asyncio.gather(
        other.group_add("class", channel),
        other.group_discard("class", channel),
        other.group_add("class", channel),
    )
    await one.group_send("class", {"type": "greeting"})
    assert await hears(other, channel) == {"type": "greeting"}


async def test_two_installations_do_not_hear_each_other(valkey: Valkey, process: Process) -> None:
    stranger, one = ClassroomLayer(valkey.url, [an_installation()]), process()
    channel = await member(one, "class")
    await stranger.group_send("class", {"type": "greeting"})
    await process().group_send("class", {"type": "marker"})
    assert await hears(one, channel) == {"type": "marker"}
    await stranger.close()


async def test_an_unreadable_event_is_dropped_and_the_next_one_heard(
    valkey: Valkey, process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    one, installation = process(), an_installation()
    other = ClassroomLayer(valkey.url, [installation])
    topic = f"{installation.name}:group.class".encode()
    channel = await member(other, "class")
    async with redis.asyncio.from_url(valkey.url) as client:
        for envelope in (
            b"",
            b"0123456789abcdef\xc1",
            b"0123456789abcdef\x07",
            b"0123456789abcdef\x81\x01\x02",
            b"0123456789abcdef\x81\xa4type\xa4half\x81\xa4ty",
        ):
            await client.publish(topic, installation.sign(topic, envelope) + envelope)
    await one.close()
    await other.group_send("class", {"type": "marker"})
    assert await hears(other, channel) == {"type": "half"}
    await hears_nothing_before(other, channel, "marker")
    assert caplog.text.count("is not readable") == 5
    await other.close()


async def test_a_closed_layer_can_be_used_again(process: Process) -> None:
    one, other = process(), process()
    await one.group_send("class", {"type": "before"})
    await one.close()
    async with attached(other, "class") as heard:
        await one.group_send("class", {"type": "after"})
        assert await until(heard, "after") == {"type": "after"}
