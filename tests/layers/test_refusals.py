"""Servers that answer, but not as one would like."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import redis.asyncio

from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer
from speaktracker.layers.installation import here
from speaktracker.layers.redis.django_config import django_cache
from tests.layers.listening import is_noticed, member
from tests.valkey import Valkey


@asynccontextmanager
async def server_that_says(*answers: bytes) -> AsyncIterator[str]:
    """Run a server with a fixed answer to each thing it is told; yields its address."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            if not await reader.read(65_536):
                break
            writer.write(answer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    async with server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    "answers",
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
        (b"-ERR max number of clients reached\r\n",),
        (b"+PONG\r\n", b"-NOPERM not yours\r\n"),
        (b"+PONG\r\n", b"!nonsense"),
        (b"+PONG\r\n", b":1\r\n:1\r\n:1\r\n", b"+PONG\r\n"),
        (b"+PONG\r\n", b""),
    ],
)
async def test_an_answer_that_is_no_success_is_unavailable(answers: tuple[bytes, ...]) -> None:
    async with server_that_says(*answers) as url:
        layer = ClassroomLayer(url)
        await is_noticed(layer)
        await layer.close()


async def test_a_refused_subscription_is_logged(
    own_valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    async with redis.asyncio.from_url(own_valkey.url) as client:
        rule = ("resetchannels", "&*:process.*")
        await client.execute_command("ACL", "SETUSER", "default", *rule)
    layer = ClassroomLayer(own_valkey.url)
    await member(layer, "class")
    assert f"refuses the subscription of {here()[0].name}:group.class" in caplog.text
    with pytest.raises(Unavailable, match="permission"):
        await layer.group_send("class", {"type": "greeting"})
    for _ in range(3):
        layer.group_send_nowait("class", {"type": "greeting"})
    with pytest.raises(Unavailable, match="permission"):
        await layer.group_send("class", {"type": "greeting"})
    assert caplog.text.count("refuses what other processes should have heard") == 1
    await layer.close()


def test_the_cache_takes_the_tls_of_a_sentinel_address(tmp_path: Path) -> None:
    url = "rediss+sentinel://:pw@one,two/class?ssl_cert_reqs=none&sentinel_password=other"
    options = django_cache(url, "school")["OPTIONS"]
    assert (options["ssl"], options["ssl_cert_reqs"], options["password"]) == (True, "none", "pw")
    assert options["sentinel_manager"].sentinel_kwargs["password"] == "other"
