"""The layer over TLS: a proxy with a certificate of its own stands before the Valkey."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer
from speaktracker.layers.installation import Installation
from tests.certificates import Authority
from tests.cluster.cut import Cable
from tests.layers.listening import attached, until
from tests.valkey import Valkey


@asynccontextmanager
async def tls_proxy(port: int, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Serve TLS in front of `port`; yields the proxy's port."""
    cable = Cable(port)
    await cable.start(context)
    yield cable.port
    await cable.close()


async def test_two_processes_talk_over_tls(valkey: Valkey, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with tls_proxy(valkey.port, authority.context("valkey")) as port:
        url = f"rediss://127.0.0.1:{port}?ssl_ca_certs={authority.file}"
        installation = Installation(tmp_path.name, b"k" * 16)
        one, other = (ClassroomLayer(url, [installation]) for _ in range(2))
        async with attached(other, "class") as heard:
            await one.group_send("class", {"type": "greeting"})
            await until(heard, "greeting")
        await one.close()
        await other.close()


async def test_an_unknown_certificate_is_refused(valkey: Valkey, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with tls_proxy(valkey.port, authority.context("valkey")) as port:
        layer = ClassroomLayer(f"rediss://127.0.0.1:{port}")
        with pytest.raises(Unavailable, match=r"(?i)certificate|away"):
            await layer.group_send("class", {"type": "greeting"})
        await layer.close()
