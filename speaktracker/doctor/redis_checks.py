"""Redis, as the channel layer and the cache use it: reached, allowed, with nobody else on it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

import hiredis
from django.conf import settings

from speaktracker.doctor.findings import Finding, judged, left_out
from speaktracker.doctor.foreign_voices import foreign_voices
from speaktracker.doctor.redis_visit import AS_NAMED, RedisVisit, visits_of
from speaktracker.layers.redis.address import NEEDS_CLUSTER_URL, RedisAddress, parse

OLDEST_VERSION: Final = (6, 2)
# Sharded pub/sub came with it.
OLDEST_CLUSTER: Final = (7, 0)
_WORST_FIRST: Final = ("failed", "warning", "unknown", "ok", "off")
NEARLY_FULL: Final = 0.9
# How long what was published may take to come back.
ECHO_SECONDS: Final = 2.0
_PAGE: Final = 'docs/operations.md lists under "A Redis that is shared"'
# By a word of the reason.
_ADVICE: Final = {
    "NOAUTH": "Put its password into REDIS_URL.",
    "WRONGPASS": "Check user and password in REDIS_URL.",
    "certificate": "Name whom to trust: `?ssl_ca_certs=` behind REDIS_URL.",
    "belongs to a Redis Cluster": f"Instead {NEEDS_CLUSTER_URL}.",
    "MOVED": f"It belongs to a Redis Cluster: {NEEDS_CLUSTER_URL}.",
    "replica": "Wait for the failover, or have the address lead to the master.",
    "cluster support disabled": "Let REDIS_URL begin with redis:// or rediss://, it is no cluster.",
    AS_NAMED: (
        "If it runs, have it announce an address that is reached from here "
        "(cluster-announce-ip or cluster-announce-hostname)."
    ),
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
    """Look at the Redis of `address`, or at all masters of the cluster.

    What stops the rest comes before what is left out.
    """
    found: list[Finding] = []
    try:
        async with visits_of(address) as visits:
            for step in _STEPS.values():
                findings = await asyncio.gather(*(step(visit) for visit in visits))
                found.append(_together(visits, findings))
    except (OSError, hiredis.ReplyError) as error:
        reason = str(error) or type(error).__name__
        advice = next((does for word, does in _ADVICE.items() if word in reason), _LOOK)
        found.append(Finding("redis", "failed", f"It cannot be used: {reason}. {advice}"))
        known = {finding.subject for finding in found}
        found += left_out(_STEPS, "Redis cannot be used", known)
    return found


def _together(visits: Sequence[RedisVisit], findings: Sequence[Finding]) -> Finding:
    """Find what is worst at any of several nodes, and where."""
    if len(visits) == 1:
        return findings[0]
    at, worst = min(
        zip(visits, findings, strict=True), key=lambda found: _WORST_FIRST.index(found[1].state)
    )
    where = f"{len(visits)} masters" if worst.state == "ok" else at.where
    return Finding(worst.subject, worst.state, f"{where}: {worst.says}")


async def echo(visit: RedisVisit) -> Finding:
    """Publish to oneself, on a topic that nobody else listens to."""
    if not visit.slots and await _is_of_a_cluster(visit):
        raise ConnectionError("it belongs to a Redis Cluster")
    message = visit.own_name().encode(), b"echo"
    await visit.subscribe(message[0])
    await visit.publish(*message)
    came_back = message in await visit.heard_within(ECHO_SECONDS, last=message)
    silent = (
        f"What is published does not come back within {ECHO_SECONDS:g} s: have REDIS_URL lead to "
        "one Redis, not to several in turn."
    )
    well = "It answers, and what is published comes back."
    return judged("redis", "" if came_back else silent, well)


async def _is_of_a_cluster(visit: RedisVisit) -> bool:
    """Tell whether a plain address leads to a node of a cluster, as far as that may be asked."""
    try:
        info = await visit.ask("INFO", "cluster")
    except hiredis.ReplyError:
        return False  # the first key that belongs to another node says so
    return isinstance(info, bytes) and b"cluster_enabled:1" in info


async def rights(visit: RedisVisit) -> Finding:
    """Do everything once that the cache and the shared limits do, on a key of the doctor's own."""
    key = visit.own_name()
    if visit.address.database:
        await visit.ask("SELECT", str(visit.address.database))
    refused, full = [], ""
    for words in (
        ("SET", key, "1", "PX", "5000"),
        *(("GET", key), ("MGET", key), ("EXISTS", key), ("INCRBY", key, "1")),
        *(("PERSIST", key), ("EXPIRE", key, "5"), ("EVAL", "return redis.call('TIME')", "0")),
        ("DEL", key),
        *((("COMMAND",), ("CLUSTER", "SLOTS")) if visit.slots else ()),
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
    oldest = OLDEST_CLUSTER if visit.slots else OLDEST_VERSION
    if tuple(int(part) for part in version.split(".")[:2] if part.isdecimal()) < oldest:
        least = ".".join(str(part) for part in oldest)
        trouble = (
            f"{name} is older than {least}, with which nobody tried this: bring it up to date."
        )
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
