"""What may be sent: the same rule in one process and between many."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from speaktracker.layers import ClassroomLayer
from tests.layers.listening import hears, hears_nothing_before, member

UNSENDABLE = [
    Decimal("1.5"),
    datetime(2026, 1, 14, tzinfo=UTC),
    UUID(int=7),
    {1, 2},
    {1: "an int key"},
    2**64,
    object(),
    "\ud800",
]


@pytest.mark.parametrize("value", UNSENDABLE, ids=lambda value: type(value).__name__)
async def test_a_value_that_msgpack_does_not_know_is_refused(
    layer: ClassroomLayer, value: Any
) -> None:
    channel = await member(layer, "class")
    with pytest.raises(TypeError, match=r"msgpack|not readable"):
        await layer.group_send("class", {"type": "t", "value": value})
    with pytest.raises(TypeError, match=r"msgpack|not readable"):
        await layer.send(channel, {"type": "t", "value": value})
    await hears_nothing_before(layer, channel, "marker")


@pytest.mark.parametrize("event", [None, "text", [], {}, {"type": 7}, {"text": "no type"}])
async def test_an_event_is_a_dict_with_a_type(layer: ClassroomLayer, event: Any) -> None:
    with pytest.raises(TypeError, match="'type'"):
        await layer.group_send("class", event)


async def test_a_tuple_arrives_as_a_list(layer: ClassroomLayer) -> None:
    channel = await member(layer)
    await layer.send(channel, {"type": "t", "pair": (1, 2)})
    assert (await hears(layer, channel))["pair"] == [1, 2]


async def test_members_of_one_process_share_one_event(layer: ClassroomLayer) -> None:
    channels = [await member(layer, "class") for _ in range(2)]
    await layer.group_send("class", {"type": "greeting"})
    first, second = [await hears(layer, channel) for channel in channels]
    assert first is second
