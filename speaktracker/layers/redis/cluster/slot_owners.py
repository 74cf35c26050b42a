"""Which node of a cluster serves which slots, in the words of any node that answers."""

from collections.abc import Iterable
from typing import Any, Final

import hiredis

from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.dialing import open_wire
from speaktracker.layers.redis.resp_wire import Wire, command

Node = tuple[str, int]
# First and last slot, and the master that serves them.
SlotRanges = tuple[tuple[int, int, Node], ...]

CLUSTER_SLOTS: Final = command(b"CLUSTER", b"SLOTS")
CLUSTER_INFO: Final = command(b"CLUSTER", b"INFO")
# How a node says that it belongs to a majority in which every slot is served.
WHOLE: Final = b"cluster_state:ok"


def named(node: Node) -> str:
    """Write a node as people do."""
    return f"{node[0]}:{node[1]}"


def slot_ranges(answer: Any, asked: Node) -> SlotRanges:
    """Read an answer of CLUSTER SLOTS; who is named without a host is the node that was `asked`."""
    return tuple(
        sorted(
            (first, last, _node(master[0], master[1], asked)) for first, last, master, *_ in answer
        )
    )


def moved_to(error: BaseException | None, asked: Node) -> tuple[int, Node] | None:
    """Read from a refusal of `asked` which slot is served by which other node; else None."""
    words = str(error).split()
    if not isinstance(error, hiredis.ReplyError) or len(words) != 3 or words[0] != "MOVED":
        return None
    host, _, port = words[2].rpartition(":")
    return int(words[1]), _node(host.encode(), int(port), asked)


def _node(host: bytes | None, port: int, asked: Node) -> Node:
    return (asked[0] if host in (None, b"", b"?") else host.decode()), port


async def find_owners(
    address: RedisAddress, known: Iterable[Node] = ()
) -> tuple[Wire, Node, SlotRanges]:
    """Connect to one of the `known` nodes, or of those of `address`, and ask who serves what.

    One that a majority knows is preferred: who is cut off from it names old owners.
    ConnectionError names each node with the reason why it did not help.
    """
    reasons, cut_off = [], None
    for node in dict.fromkeys((*known, *address.hosts)):
        try:
            wire, info = await open_wire(address, node, address.login, CLUSTER_INFO)
            found = wire, node, slot_ranges(await wire.ask(CLUSTER_SLOTS), node)
        except (OSError, hiredis.ReplyError) as error:
            reasons.append(f"{named(node)}: {error}")
            continue
        if WHOLE in info:
            if cut_off is not None:
                cut_off[0].abort("another node knows more")
            return found
        if cut_off is None:
            cut_off = found
        else:
            wire.abort("it knows no more than another")
    if cut_off is None:
        raise ConnectionError(f"No node of the cluster can be asked. {'; '.join(reasons)}")
    return cut_off


async def find_owner(address: RedisAddress, slot: int) -> Node:
    """Ask which node serves `slot`; ConnectionError as `find_owners`, or when none does."""
    wire, _, ranges = await find_owners(address)
    wire.abort("the node has answered")
    for first, last, node in ranges:
        if first <= slot <= last:
            return node
    raise ConnectionError(f"No node of the cluster serves slot {slot}.")
