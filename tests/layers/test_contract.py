"""What Channels promises of a layer, on Channels' own layers and on ours."""

import pytest

from tests.layers.listening import Layer, hears, hears_nothing_before, member


async def test_an_event_reaches_the_channel_it_is_sent_to(any_layer: Layer) -> None:
    channel = await member(any_layer)
    await any_layer.send(channel, {"type": "greeting", "text": "안녕"})
    assert await hears(any_layer, channel) == {"type": "greeting", "text": "안녕"}


async def test_a_group_event_reaches_every_member(any_layer: Layer) -> None:
    channels = [await member(any_layer, "class") for _ in range(3)]
    await any_layer.group_send("class", {"type": "greeting"})
    for channel in channels:
        assert await hears(any_layer, channel) == {"type": "greeting"}


async def test_a_group_event_does_not_reach_another_group(any_layer: Layer) -> None:
    channel = await member(any_layer, "class")
    await any_layer.group_send("other", {"type": "greeting"})
    await hears_nothing_before(any_layer, channel, "marker")


async def test_a_member_who_left_hears_nothing(any_layer: Layer) -> None:
    channel = await member(any_layer, "class")
    await any_layer.group_discard("class", channel)
    await any_layer.group_send("class", {"type": "greeting"})
    await hears_nothing_before(any_layer, channel, "marker")


async def test_joining_twice_is_joining_once(any_layer: Layer) -> None:
    channel = await member(any_layer, "class", "class")
    await any_layer.group_send("class", {"type": "greeting"})
    assert await hears(any_layer, channel) == {"type": "greeting"}
    await hears_nothing_before(any_layer, channel, "marker")


async def test_leaving_a_group_one_is_not_in_is_harmless(any_layer: Layer) -> None:
    channel = await member(any_layer)
    await any_layer.group_discard("class", channel)
    await hears_nothing_before(any_layer, channel, "marker")


async def test_events_arrive_in_the_order_they_were_sent(any_layer: Layer) -> None:
    channel = await member(any_layer, "class")
    for number in range(50):
        await any_layer.group_send("class", {"type": "count", "number": number})
    heard = [(await hears(any_layer, channel))["number"] for _ in range(50)]
    assert heard == list(range(50))


async def test_nested_values_arrive_as_they_were(any_layer: Layer) -> None:
    event = {"type": "t", "a": [1, 2.5, None, True], "b": {"c": b"\x00raw"}, "d": 2**53}
    channel = await member(any_layer)
    await any_layer.send(channel, event)
    assert await hears(any_layer, channel) == event


async def test_a_sender_may_change_the_event_afterwards(any_layer: Layer) -> None:
    channel = await member(any_layer, "class")
    event = {"type": "greeting", "words": ["one"]}
    await any_layer.group_send("class", event)
    event["words"].append("two")  # type: ignore[attr-defined]
    assert (await hears(any_layer, channel))["words"] == ["one"]


async def test_a_flushed_layer_works_as_if_it_were_new(any_layer: Layer) -> None:
    await member(any_layer, "class")
    await any_layer.flush()
    channel = await member(any_layer, "class")
    await any_layer.group_send("class", {"type": "greeting"})
    assert await hears(any_layer, channel) == {"type": "greeting"}


async def test_every_layer_names_the_extensions_it_has(any_layer: Layer) -> None:
    assert {"groups", "flush"} <= set(any_layer.extensions)


BAD_GROUPS = ["", "with space", "student@example.com", "학급", "a" * 100, 7, None]


@pytest.mark.parametrize("name", BAD_GROUPS)
async def test_a_bad_group_name_is_refused(strict_layer: Layer, name: str) -> None:
    channel = await member(strict_layer)
    with pytest.raises(TypeError, match="Group name"):
        await strict_layer.group_send(name, {"type": "greeting"})
    with pytest.raises(TypeError, match="Group name"):
        await strict_layer.group_add(name, channel)


@pytest.mark.parametrize("name", ["", "with space", "a" * 100, "a!b!c", 7])
async def test_a_bad_channel_name_is_refused(strict_layer: Layer, name: str) -> None:
    with pytest.raises(TypeError, match="Channel name"):
        await strict_layer.send(name, {"type": "greeting"})
    with pytest.raises(TypeError, match="Channel name"):
        await strict_layer.group_add("class", name)
