"""Making a connection to Redis: in time, logged in, to the master. What fails leaves none open."""

import asyncio
import logging
from typing import Any, Final

import hiredis

from speaktracker.layers.redis.address import Login, RedisAddress
from speaktracker.layers.redis.resp_wire import Wire, command

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT: Final = 1.0
PING: Final = command(b"PING")
ROLE: Final = command(b"ROLE")
# An access list without it, and what is no Redis of its own, such as a proxy.
_NOT_TO_BE_ASKED: Final = ("NOPERM", "ERR unknown command")
_without_role: set[RedisAddress] = set()


async def dial(address: RedisAddress, made: Wire | None = None) -> Wire:
    """Connect, log in, make sure that the other side answers; else OSError or hiredis.ReplyError.

    `made` is the wire to connect, where it is not just any. Both errors say it in the words of
    Redis, or of the sentinels, where these refuse.
    """
    host = await find_master(address) if address.master else address.hosts[0]
    wire, _ = await open_wire(address, host, address.login, PING, made)
    try:
        if await is_master(address, wire):
            return wire
    except BaseException:
        wire.abort("it did not say whether it is the master")
        raise
    wire.abort("it is no longer the master")
    who = "The sentinels name" if address.master else "The address leads to"
    raise ConnectionError(f"{who} a replica instead of the master; it may be failing over.")


async def is_master(address: RedisAddress, wire: Wire) -> bool:
    """Tell whether `wire` leads to the master, as far as it may be asked.

    A managed address leads to another one after a failover, but connections stay where they are,
    and a replica takes what is published.
    """
    if address in _without_role:
        return bool(await wire.ask(PING))
    try:
        return bool((await wire.ask(ROLE))[0] == b"master")
    except hiredis.ReplyError as error:
        if address.master or not str(error).startswith(_NOT_TO_BE_ASKED):
            raise
        if address not in _without_role:  # another connection may have met it meanwhile
            _without_role.add(address)
            logger.warning(
                "Redis may not be asked for its ROLE; a failover stays unnoticed: %s", error
            )
        return True


async def find_master(address: RedisAddress) -> tuple[str, int]:
    """Ask the sentinels in turn; ConnectionError names each with the reason why it did not help."""
    question = command(b"SENTINEL", b"get-master-addr-by-name", address.master.encode())
    reasons = []
    for host in address.hosts:
        try:
            wire, found = await open_wire(address, host, address.sentinel_login, question)
        except (OSError, hiredis.ReplyError) as error:
            reasons.append(f"{host[0]}:{host[1]}: {error}")
            continue
        wire.abort("the sentinel has answered")
        if found:
            return found[0].decode(), int(found[1])
        reasons.append(f"{host[0]}:{host[1]}: it does not know it")
    raise ConnectionError(f"No sentinel names the master {address.master!r}. {'; '.join(reasons)}")


async def open_wire(
    address: RedisAddress,
    host: tuple[str, int],
    login: Login,
    question: bytes,
    made: Wire | None = None,
) -> tuple[Wire, Any]:
    """Connect to `host`, log in and ask; return the wire and the answer to `question`."""
    wire = made or Wire()
    try:
        # The kernel accepts connections for a stopped Redis: only an answer counts.
        async with asyncio.timeout(CONNECT_TIMEOUT):
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: wire, *host, ssl=address.tls)
            if words := login.words():
                await wire.ask(command(b"AUTH", *words))
            return wire, await wire.ask(question)
    except TimeoutError:
        wire.abort("it did not get ready in time")
        raise TimeoutError(f"no answer within {CONNECT_TIMEOUT} s") from None
    except BaseException:
        wire.abort("it did not get ready")
        raise
