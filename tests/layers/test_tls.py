"""The layer over TLS: a proxy with a certificate of its own stands before the Valkey."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer
from tests.layers.listening import attached, until
from tests.valkey import Valkey


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1; returns its file and a server's context with it."""
    key, day = ec.generate_private_key(ec.SECP256R1()), timedelta(days=1)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "valkey under test")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(datetime.now(UTC) - day)
    builder = builder.not_valid_after(datetime.now(UTC) + day).add_extension(here, False)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    made = builder.sign(key, hashes.SHA256()).public_bytes(pem)
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (folder / "both.pem").write_bytes(made + secret)
    (folder / "ca.pem").write_bytes(made)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "both.pem")
    return folder / "ca.pem", context


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until one side ends."""
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def tls_proxy(port: int, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Serve TLS in front of `port`; yields the proxy's port."""
    visits: list[asyncio.Task[None]] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, to_behind = await asyncio.open_connection("127.0.0.1", port)
        pumps = (pump(reader, to_behind), pump(behind, writer))
        visits.extend(asyncio.ensure_future(one) for one in pumps)

    server = await asyncio.start_server(visit, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]
    if visits:
        await asyncio.wait(visits, timeout=10)


async def test_two_processes_talk_over_tls(valkey: Valkey, tmp_path: Path) -> None:
    ca, context = certificate(tmp_path)
    async with tls_proxy(valkey.port, context) as port:
        url = f"rediss://127.0.0.1:{port}?ssl_ca_certs={ca}"
        one, other = (ClassroomLayer(url, prefix=tmp_path.name) for _ in range(2))
        async with attached(other, "class") as heard:
            await one.group_send("class", {"type": "greeting"})
            await until(heard, "greeting")
        await one.close()
        await other.close()


async def test_an_unknown_certificate_is_refused(valkey: Valkey, tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    async with tls_proxy(valkey.port, context) as port:
        layer = ClassroomLayer(f"rediss://127.0.0.1:{port}")
        with pytest.raises(Unavailable, match=r"(?i)certificate|away"):
            await layer.group_send("class", {"type": "greeting"})
        await layer.close()
