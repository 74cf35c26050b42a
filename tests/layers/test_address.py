"""How the layer gets in: password, TLS, Sentinel."""

import ssl

import pytest

from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer
from speaktracker.layers.installation import Installation
from speaktracker.layers.redis.address import Login, parse
from tests.layers.listening import attached, until
from tests.valkey import running_valkey


async def a_pair_talks(url: str) -> None:
    one, other = (ClassroomLayer(url, [Installation("talk", b"k" * 16)]) for _ in range(2))
    async with attached(other, "class") as heard:
        await one.group_send("class", {"type": "greeting"})
        await until(heard, "greeting")
    await one.close()
    await other.close()


def test_a_plain_address_has_a_host_and_a_port() -> None:
    assert parse("redis://cache.example.com:7000/3").hosts == (("cache.example.com", 7000),)
    assert parse("redis://[::1]").hosts == (("::1", 6379),)
    assert parse("redis://localhost").tls is None


def test_a_login_is_decoded() -> None:
    assert parse("redis://ann:p%40ss@h").login == Login("ann", "p@ss")
    assert parse("redis://:p%40ss@h").login.words() == (b"p@ss",)


def test_a_sentinel_address_names_hosts_and_the_master() -> None:
    address = parse("rediss+sentinel://:pw@one,two:27000/mymaster?sentinel_password=other")
    assert address.hosts == (("one", 26379), ("two", 27000))
    assert (address.master, address.sentinel_login.password) == ("mymaster", "other")
    assert address.tls is not None
    assert address.tls.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("url", ["http://h", "redis+sentinel://h", "redis+sentinel://h/", "h:6379"])
def test_a_wrong_address_is_refused_with_a_reason(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        parse(url)


async def test_a_password_opens_the_door() -> None:
    with running_valkey("--requirepass", "secret") as server:
        await a_pair_talks(f"redis://:secret@127.0.0.1:{server.port}")


async def test_without_the_password_the_sender_is_told() -> None:
    with running_valkey("--requirepass", "secret") as server:
        layer = ClassroomLayer(server.url)
        with pytest.raises(Unavailable):
            await layer.group_send("class", {"type": "greeting"})
        assert not layer.healthy
        await layer.close()
