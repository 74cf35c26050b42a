"""Redis, as the channel layer and the cache use it: reached, allowed, with nobody else on it."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

import hiredis
from django.conf import settings

from speaktracker.doctor.findings import Finding, judged, left_out
from speaktracker.doctor.foreign_voices import foreign_voices
from speaktracker.doctor.redis_visit import RedisVisit, visit_of
from speaktracker.layers.installation import key_prefix
from speaktracker.layers.redis.address import RedisAddress, parse

OLDEST_VERSION: Final = (6, 2)
NEARLY_FULL: Final = 0.9
# How long what was published may take to come back.
ECHO_SECONDS: Final = 2.0
_PAGE: Final = 'docs/operations.md lists under "A Redis that is shared"'
# By a word of the reason.
_ADVICE: Final = {
    "NOAUTH": "Put its password into REDIS_URL.",
    "WRONGPASS": "Check user and password in REDIS_URL.",
    "certificate": "Name whom to trust: `?ssl_ca_certs=` behind REDIS_URL.",
    "replica": "Wait for the failover, or have the address lead to the master.",
    "NOPERM": f"Grant what {_PAGE}.",
}
_LOOK: Final = "Check that it runs, REDIS_URL and the network."


def redis_subjects() -> list[str]:
    """List what `check_redis` says something of, as these settings have it."""
    return [*_STEPS] if settings.REDIS_URL else ["redis"]


def check_redis() -> Iterator[Finding]:
    """Use Redis as a server does, on names of the doctor's own."""
    if not settings.REDIS_URL:
        yield Finding("redis", "off", "REDIS_URL is not set: there may be one process only.")
        return
    yield from asyncio.run(redis_findings(parse(settings.REDIS_URL)))


async def redis_findings(address: RedisAddress) -> list[Finding]:
    """Look at the Redis of `address`; what stops the rest comes before what is left out."""
    found: list[Finding] = []
    try:
        async with visit_of(address) as visit:
            for step in _STEPS.values():
                found.append(await step(visit))
    except (OSError, hiredis.ReplyError) as error:
        reason = str(error) or type(error).__name__
        advice = next((does for word, does in _ADVICE.items() if word in reason), _LOOK)
        found.append(Finding("redis", "failed", f"It cannot be used: {reason}. {advice}"))
        known = {finding.subject for finding in found}
        found += left_out(_STEPS, "Redis cannot be used", known)
    return found


async def echo(visit: RedisVisit) -> Finding:
    """Publish to oneself, on a topic that nobody else listens to."""
    message = f"{key_prefix()}doctor.{secrets.token_hex(8)}".encode(), b"echo"
    await visit.subscribe(message[0])
    await visit.ask("PUBLISH", *message)
    came_back = message in await visit.heard_within(ECHO_SECONDS, last=message)
    silent = (
        f"What is published does not come back within {ECHO_SECONDS:g} s: have REDIS_URL lead to "
        "one Redis, not to a cluster or to several in turn."
    )
    well = "It answers, and what is published comes back."
    return judged("redis", "" if came_back else silent, well)


async def rights(visit: RedisVisit) -> Finding:
    """Do everything once that the cache and the shared limits do, on a key of the doctor's own."""
    key = f"{key_prefix()}doctor.{secrets.token_hex(8)}"
    if visit.address.database:
        await visit.ask("SELECT", str(visit.address.database))
    refused, full = [], ""
    for words in (
        ("SET", key, "1", "PX", "5000"),
        *(("GET", key), ("MGET", key), ("EXISTS", key), ("INCRBY", key, "1")),
        *(("PERSIST", key), ("EXPIRE", key, "5"), ("EVAL", "return redis.call('TIME')", "0")),
        ("DEL", key),
    ):
        try:
            await visit.ask(*words)
        except hiredis.ReplyError as error:
            if str(error).startswith("NOPERM"):
                refused.append(words[0])
            elif str(error).startswith("OOM"):
                full = "It has no memory left: raise maxmemory."
            else:
                raise
    forbidden = f"It forbids {', '.join(refused)}: grant what {_PAGE}." if refused else ""
    return judged("redis rights", forbidden or full, "All that is needed may be done.")


async def memory(visit: RedisVisit) -> Finding:
    """Look at its version, and at what it does when its memory is full."""
    try:
        answer = await visit.ask("INFO")
    except hiredis.ReplyError:
        return Finding("redis memory", "unknown", "Its version and memory may not be asked (INFO).")
    lines = answer.decode().splitlines() if isinstance(answer, bytes) else ()
    info = dict(line.split(":", 1) for line in lines if ":" in line)
    version = info.get("redis_version", "0")
    most, used = int(info.get("maxmemory", 0)), int(info.get("used_memory", 0))
    policy = info.get("maxmemory_policy", "noeviction")
    name = f"{info.get('server_name', 'redis')} {info.get('valkey_version', version)}"
    trouble = ""
    if tuple(int(part) for part in version.split(".")[:2] if part.isdecimal()) < OLDEST_VERSION:
        trouble = f"{name} is older than 6.2, with which nobody tried this: bring it up to date."
    elif most and used > NEARLY_FULL * most:
        trouble = f"{used * 100 // most} % of its memory is used: raise maxmemory."
    elif most and policy != "noeviction":
        trouble = (
            f"When its memory is full it drops counts of calls ({policy}), and whose they are may "
            "make more of them: set maxmemory-policy to noeviction."
        )
    return judged("redis memory", trouble, f"{name}, {policy}.", "warning")


# By the subject of what each finds.
_STEPS: Final[dict[str, Callable[[RedisVisit], Awaitable[Finding]]]] = {
    "redis": echo,
    "redis rights": rights,
    "redis memory": memory,
    "redis names": foreign_voices,
}
