"""A sliding window over all processes, kept in Redis, which grants several at a time."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import hiredis
from redis.crc import key_slot

from speaktracker.exceptions import Unavailable
from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.cluster.slot_owners import find_owner
from speaktracker.layers.redis.dialing import dial, is_master
from speaktracker.layers.redis.kept_link import Link
from speaktracker.layers.redis.resp_wire import ANSWER_TIMEOUT, Wire, command

# Who waits for an answer waits no longer; then each process judges alone.
SILENCE_SECONDS: Final = 0.05
# While Redis is silent one question a pause asks whether it is back, and nobody waits for it.
PAUSE_SECONDS: Final = 1.0
# So many parts of what may pass are counted, and so many of them granted at a time.
PARTS: Final = 10
PARTS_GRANTED: Final = 3
# How a node of a cluster says that it does not serve a key any more.
_LEFT: Final = ("MOVED", "ASK", "CLUSTERDOWN")

# As realtime.per_process.rates, by Redis' clock: a key holds when each place is free.
_TAKE: Final = b"""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local places, length = tonumber(ARGV[1]), tonumber(ARGV[2])
local wanted, passed = tonumber(ARGV[3]), tonumber(ARGV[4])
local gap, granted, wait, free_at = length / places, 0, 0, {}
for at in string.gmatch(redis.call('GET', KEYS[1]) or '', '%d+') do
  at = tonumber(at)
  -- None is further ahead, but where Redis' clock was put back or somebody else wrote here.
  if at > now - gap * wanted and at < now + 3 * length then free_at[#free_at + 1] = at end
end
for _ = 1, math.min(passed, places - #free_at) do
  free_at[#free_at + 1] = now + length
end
while granted < wanted do
  local start = now
  if free_at[1] and free_at[1] <= now then
    start = table.remove(free_at, 1)
  elseif #free_at >= places then
    break
  end
  free_at[#free_at + 1] = start + length
  granted = granted + 1
end
if granted == 0 then
  local at = free_at[1] - gap
  local is_even = free_at[#free_at] - free_at[1] >= 0.8 * gap * (places - 1)
  for place = 1, is_even and 0 or #free_at do
    at = math.max(free_at[place], at + gap)
    free_at[place] = at
  end
  wait = math.ceil(free_at[1] - now)
end
local kept = {}
for place = 1, #free_at do kept[place] = string.format('%.0f', free_at[place]) end
redis.call('SET', KEYS[1], table.concat(kept, ' '), 'PX', math.ceil(length * 3))
return {granted, wait}
"""


@dataclass(frozen=True, slots=True)
class Grant:
    """How many may pass now; if none, in how many seconds it is worth asking again."""

    amount: int
    wait: float


class SharedWindow(Link):
    """One connection to the counts of all processes, made when it is first needed.

    `prefix` stands before every key. `answers` is False while Redis is silent.
    """

    def __init__(self, address: RedisAddress, prefix: str) -> None:
        super().__init__(address)
        # In braces it is a hash tag: what one connection counts has to be in one slot.
        self._prefix = f"{prefix}{{{prefix}}}" if address.cluster else prefix
        self.answers = True
        self._ask_again_at = 0.0

    async def dial(self) -> Wire:
        """Connect; in a cluster to the node that serves all windows of the installation."""
        if not self._address.cluster:
            return await super().dial()
        node = await find_owner(self._address, key_slot(self._prefix.encode()))
        return await dial(self._address.of_node(node))

    async def take(self, name: str, most: int, seconds: float, passed: int = 0) -> Grant:
        """Take some of the `most` that may pass as `name` within `seconds`; raises Unavailable.

        `passed` have passed lately without a grant, and count from now on.
        """
        part = max(most // PARTS, 1)
        places = most // part
        wanted = max(places * PARTS_GRANTED // PARTS, 1)
        counts = (places, max(round(seconds * 1000), 1), wanted, -(-passed // part))
        words = [b"EVAL", _TAKE, b"1", f"{self._prefix}{name}".encode()]
        try:
            wire = await self._ready()
            parts, wait = await wire.ask(command(*words, *(b"%d" % count for count in counts)))
        except (OSError, hiredis.ReplyError) as error:
            if str(error).startswith(_LEFT):
                self.drop(str(error))
            self.fell_silent()
            raise Unavailable(f"Redis does not count: {error}") from None
        self.answers = True
        return Grant(parts * part, wait / 1000)

    def fell_silent(self) -> None:
        """Note that Redis did not answer in time."""
        self.answers = False
        self._ask_again_at = time.monotonic() + PAUSE_SECONDS

    def may_ask_again(self) -> bool:
        """Tell whether this one should look whether Redis is back."""
        if (now := time.monotonic()) < self._ask_again_at:
            return False
        self._ask_again_at = now + PAUSE_SECONDS
        return True

    async def probe(self, wire: Wire) -> None:
        """Leave a demoted master, which counts nothing any more."""
        if not await is_master(self._address, wire):
            wire.abort("it is no longer the master")

    async def _ready(self) -> Wire:
        self.start()
        if self.wire is None and not self.down:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await self.settled.wait()
        if self.wire is None:
            raise ConnectionError(self.trouble)
        return self.wire
