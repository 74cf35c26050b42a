"""The product over https in front of a real browser, and pages of other origins beside it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.blackbox.header_proxy import HeaderProxy, Headers
from tests.certificates import Authority
from tests.server_process import ServerProcess

BLANK = b"<!doctype html><html><head><title>elsewhere</title></head><body></body></html>"
# What is written wherever somebody may write something.
PAYLOAD = "\"'><img src=x onerror=console.error('RAN')><script>console.error('RAN')</script>"
PEOPLE = f"""
from django.contrib.auth.hashers import make_password
from speaktracker.roster.models import TutorStudent, User
password, payload = make_password("demo-password"), {PAYLOAD!r}
for pair in ("", "2"):
    tutor, student = (User.objects.create(
        email=f"{{role}}{{pair}}@example.com", name=payload, user_type=role, password=password)
        for role in ("tutor", "student"))
    TutorStudent.objects.create(student=student, tutor=tutor)
User.objects.create_superuser("admin@example.com", "demo-password", name=payload)
"""


def over_https(headers: Headers) -> Headers:
    """Say what the proxy in front says of each request."""
    return [*headers, ("X-Forwarded-Proto", "https")]


@dataclass(frozen=True)
class HttpsSite:
    """Where the product is, an origin that may call it, and one that may not."""

    url: str
    allowed: str
    foreign: str
    server: ServerProcess


@asynccontextmanager
async def https_site(folder: Path) -> AsyncIterator[HttpsSite]:
    """Serve everything until the end: two tutors, a student of each, an admin, all of odd names."""
    tls = Authority(folder).context("here")
    other = await asyncio.start_server(_serve_blank, "127.0.0.1", 0, ssl=tls)
    async with other, HeaderProxy(0, over_https, tls) as proxy:
        elsewhere = other.sockets[0].getsockname()[1]
        url, allowed = f"https://127.0.0.1:{proxy.port}", f"https://127.0.0.1:{elsewhere}"
        settings = {
            "PUBLIC_URL": url,
            "ALLOWED_ORIGINS": allowed,
            "AUDIO_URL_HOSTS": "127.0.0.1",
            "PASSWORD_FAILURES": "1000",
        }
        server = ServerProcess(folder, settings)
        proxy.target = server.port
        try:
            await asyncio.to_thread(server.start)
            await asyncio.to_thread(server.manage, "shell", "-c", PEOPLE)
            yield HttpsSite(url, allowed, f"https://localhost:{elsewhere}", server)
        finally:
            await asyncio.to_thread(server.stop)


async def _serve_blank(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(BLANK)}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + BLANK)
    await writer.drain()
    writer.close()
