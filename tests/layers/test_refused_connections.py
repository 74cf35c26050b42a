"""Redis and its sentinels refuse: their own words are told, and no connection stays open."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import hiredis
import pytest
import redis
import redis.asyncio
from django.core.cache import caches
from django.test import override_settings

from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer
from speaktracker.layers.installation import here
from speaktracker.layers.redis.address import parse
from speaktracker.layers.redis.dialing import dial
from speaktracker.layers.redis.django_config import django_cache
from tests.layers.listening import DEADLINE, member, sends_again
from tests.valkey import Valkey, running_valkey

TRIES = 5
ADMIN = ("user admin on >admin ~* &* +@all",)


@asynccontextmanager
async def administrator(server: Valkey) -> AsyncIterator[redis.asyncio.Redis]:
    """Speak to `server` as somebody who may do everything."""
    async with redis.asyncio.Redis(
        port=server.port, username="admin", password="admin", decode_responses=True
    ) as client:
        yield client


async def nobody_else_is_connected(server: Valkey) -> None:
    """Wait until the administrator's is the only connection that `server` has."""
    async with asyncio.timeout(DEADLINE), administrator(server) as client:
        while True:
            if len(await client.client_list()) == 1:
                return
            await asyncio.sleep(0.02)


async def is_refused(layer: ClassroomLayer, words: str) -> None:
    """Send until a send fails with `words` in its reason."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                await layer.group_send("class", {"type": "noise"})
            except Unavailable as error:
                if words in str(error):
                    return
            await asyncio.sleep(0.02)


@pytest.fixture
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Valkey]:
    """A Redis whose default user is as the test's parameter says."""
    orders = tmp_path / "guarded.conf"
    orders.write_text("\n".join([*ADMIN, f"user default {request.param}", ""]))
    with running_valkey(str(orders)) as server:
        yield server


@pytest.fixture
def sentinel(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Valkey]:
    """A sentinel whose default user is as the test's parameter says; its master is away."""
    orders = tmp_path / "sentinel.conf"
    lines = ["sentinel monitor class 127.0.0.1 1 1", *ADMIN, f"user default {request.param}", ""]
    orders.write_text("\n".join(lines))
    with running_valkey(str(orders), "--sentinel") as server:
        yield server


EVERYTHING = "~* &* +@all"
REFUSING_SENTINELS = [
    pytest.param(f"on >secret {EVERYTHING}", "NOAUTH", id="it asks for a password"),
    pytest.param(
        f"on nopass {EVERYTHING} -sentinel", "NOPERM.*sentinel", id="it may not be asked for it"
    ),
]


@pytest.mark.parametrize(("sentinel", "words"), REFUSING_SENTINELS, indirect=["sentinel"])
async def test_a_sentinel_that_refuses_is_quoted_and_left(sentinel: Valkey, words: str) -> None:
    address = parse(f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel.port}/class")
    for _ in range(TRIES):
        with pytest.raises(ConnectionError, match=f"127.0.0.1:{sentinel.port}.*{words}"):
            await dial(address)
    await nobody_else_is_connected(sentinel)


@pytest.mark.parametrize("sentinel", [f"on nopass {EVERYTHING}"], indirect=True)
async def test_each_sentinel_that_could_not_help_is_named_with_its_reason(sentinel: Valkey) -> None:
    address = parse(f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel.port}/another")
    with pytest.raises(ConnectionError, match=r"127\.0\.0\.1:1: .*failed.*does not know it"):
        await dial(address)
    await nobody_else_is_connected(sentinel)


@pytest.mark.parametrize("sentinel", [f"on nopass {EVERYTHING}"], indirect=True)
async def test_a_sentinel_that_hangs_is_left(sentinel: Valkey) -> None:
    address = parse(f"redis+sentinel://127.0.0.1:{sentinel.port}/class")
    async with administrator(sentinel) as client:
        await client.execute_command("ACL", "SETUSER", "default", "+@all")
    sentinel.pause()
    for _ in range(2):
        with pytest.raises(ConnectionError, match="no answer"):
            await dial(address)
    sentinel.resume()
    await nobody_else_is_connected(sentinel)


@pytest.mark.parametrize(("sentinel", "words"), REFUSING_SENTINELS, indirect=["sentinel"])
async def test_the_log_has_the_sentinels_own_words(
    sentinel: Valkey, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    layer = ClassroomLayer(f"redis+sentinel://127.0.0.1:{sentinel.port}/class")
    with pytest.raises(Unavailable, match=words):
        await layer.group_send("class", {"type": "greeting"})
    with pytest.raises(Unavailable, match=words):
        await layer.group_send("class", {"type": "greeting"})
    await layer.close()
    assert words.partition(".")[0] in caplog.text
    await nobody_else_is_connected(sentinel)


REFUSING_SERVERS = [
    pytest.param(f"on >secret {EVERYTHING}", ":wrong@", "WRONGPASS", id="the password is wrong"),
    pytest.param(f"on >secret {EVERYTHING}", "", "NOAUTH", id="there is no password"),
    pytest.param(f"on nopass {EVERYTHING}", "nobody@", "WRONGPASS", id="a user without a password"),
    pytest.param(f"on nopass {EVERYTHING} -ping", "", "NOPERM.*ping", id="it may not be probed"),
    pytest.param(
        f"on nopass {EVERYTHING} -client|list -publish",
        "",
        "NOPERM.*publish",
        id="nothing may be published",
    ),
]


@pytest.mark.parametrize(("guarded", "login", "words"), REFUSING_SERVERS, indirect=["guarded"])
async def test_a_redis_that_refuses_is_quoted_and_left(
    guarded: Valkey, login: str, words: str
) -> None:
    layer = ClassroomLayer(f"redis://{login}127.0.0.1:{guarded.port}")
    for _ in range(TRIES):
        with pytest.raises(Unavailable, match=words):
            await layer.group_send("class", {"type": "greeting"})
    await layer.close()
    await nobody_else_is_connected(guarded)


@pytest.mark.parametrize("guarded", [f"on nopass {EVERYTHING} -role"], indirect=True)
async def test_a_master_that_may_not_be_asked_its_role_is_quoted_and_left(
    guarded: Valkey, tmp_path: Path
) -> None:
    orders = tmp_path / "watching.conf"
    orders.write_text(f"sentinel monitor class 127.0.0.1 {guarded.port} 1\n")
    with running_valkey(str(orders), "--sentinel") as watching:
        address = parse(f"redis+sentinel://127.0.0.1:{watching.port}/class")
        for _ in range(TRIES):
            with pytest.raises(hiredis.ReplyError, match=r"NOPERM.*role"):
                await dial(address)
    await nobody_else_is_connected(guarded)


@pytest.mark.parametrize("guarded", [f"on nopass {EVERYTHING}"], indirect=True)
async def test_a_subscription_refused_after_a_reconnect_is_named_too(
    guarded: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    layer = ClassroomLayer(f"redis://127.0.0.1:{guarded.port}")
    channel = await member(layer, "class")
    async with administrator(guarded) as client:
        await client.execute_command("ACL", "SETUSER", "default", "resetchannels", "&*:process.*")
        await client.execute_command("CLIENT", "KILL", "USER", "default", "SKIPME", "yes")
        assert (await asyncio.wait_for(layer.receive(channel), DEADLINE))["type"] == "layer.gap"
    topic = f"{here()[0].name}:group.class"
    assert f"refuses the subscription of {topic}: NOPERM" in caplog.text
    await layer.close()


async def test_a_new_reason_for_the_same_outage_is_logged_too(
    own_valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    layer = ClassroomLayer(own_valkey.url)
    await sends_again(layer, "greeting")
    own_valkey.kill()
    await is_refused(layer, "Connect call failed")
    own_valkey.start("--requirepass", "new")
    for _ in range(TRIES):
        await is_refused(layer, "NOAUTH")
    await layer.close()
    assert (caplog.text.count("Connect call failed"), caplog.text.count("NOAUTH")) == (1, 1)


async def test_what_a_server_says_before_it_hangs_up_is_told() -> None:
    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"-DENIED Redis is running in protected mode\r\n")
        await reader.read(65_536)
        writer.close()

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    async with server:
        layer = ClassroomLayer(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(Unavailable, match="DENIED"):
            await layer.group_send("class", {"type": "greeting"})
        await layer.close()


async def test_a_handshake_that_never_ends_leaves_no_connection() -> None:
    closed: asyncio.Queue[None] = asyncio.Queue()

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while await reader.read(65_536):
                pass
        writer.close()
        closed.put_nowait(None)

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    async with server:
        address = parse(f"rediss://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(TimeoutError):
            await dial(address)
        await asyncio.wait_for(closed.get(), DEADLINE)


@pytest.mark.parametrize(("sentinel", "words"), REFUSING_SENTINELS, indirect=["sentinel"])
async def test_the_cache_quotes_a_refusing_sentinel_and_keeps_one_connection(
    sentinel: Valkey, words: str
) -> None:
    url = f"redis+sentinel://127.0.0.1:{sentinel.port}/class"
    with override_settings(CACHES={"default": django_cache(url, "school")}):
        for _ in range(TRIES):
            with pytest.raises(redis.RedisError, match=r"(?i)authentication|permission"):
                await asyncio.to_thread(caches["default"].get, "word")
        async with administrator(sentinel) as client:
            assert len(await client.client_list()) <= 2


@pytest.mark.parametrize(
    ("guarded", "login"),
    [(f"on >secret {EVERYTHING}", ":wrong@"), (f"on >secret {EVERYTHING}", "")],
    indirect=["guarded"],
)
async def test_the_cache_quotes_a_refusing_redis_and_keeps_one_connection(
    guarded: Valkey, login: str
) -> None:
    url = f"redis://{login}127.0.0.1:{guarded.port}"
    with override_settings(CACHES={"default": django_cache(url, "school")}):
        for _ in range(TRIES):
            with pytest.raises(redis.RedisError, match=r"(?i)authenticated|password"):
                await asyncio.to_thread(caches["default"].get, "word")
        async with administrator(guarded) as client:
            assert len(await client.client_list()) <= 2


@pytest.mark.parametrize("sentinel", [f"on nopass {EVERYTHING}"], indirect=True)
async def test_a_sentinel_that_is_away_costs_the_cache_no_second(sentinel: Valkey) -> None:
    sentinel.kill()
    url = f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel.port}/class"
    began = time.monotonic()
    with (
        override_settings(CACHES={"default": django_cache(url, "school")}),
        pytest.raises(redis.RedisError, match="No master found"),
    ):
        await asyncio.to_thread(caches["default"].get, "word")
    assert time.monotonic() - began < 5
