"""What machines between a client and us do: probes by address, headers taken apart, slow heads."""

import asyncio
import json

import pytest

from tests.blackbox.classroom import Classroom, Pair
from tests.blackbox.web import signs_in

DEADLINE_SECONDS = 20
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
)


async def exchange(room: Classroom, request: str) -> tuple[int, str]:
    """Send a request as bytes; return its status, and what follows its head until it is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", room.server.port)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            writer.write(request.encode())
            answer = (await reader.read()).decode("utf-8", "replace")
    finally:
        writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize("path", ["/healthz", "/readyz/", "/metrics"])
@pytest.mark.parametrize("host", ["10.1.2.3", "pod-7.school.svc:8000", "evil.example", "_", None])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_a_probe_answers_whatever_it_is_called_by(
    room: Classroom, path: str, host: str | None, version: str
) -> None:
    named = f"Host: {host}\r\n" if host else ""
    request = f"GET {path} HTTP/{version}\r\n{named}Connection: close\r\n\r\n"
    status, body = await exchange(room, request)
    assert status == 200
    assert body


async def test_a_probe_answers_head_without_a_body_and_nothing_else(room: Classroom) -> None:
    end = "HTTP/1.1\r\nHost: 10.0.0.1\r\nConnection: close\r\n\r\n"
    assert await exchange(room, f"HEAD /readyz {end}") == (200, "")
    assert (await exchange(room, f"POST /readyz {end}"))[0] == 405


async def test_cookies_that_were_taken_apart_are_one_session(room: Classroom, pair: Pair) -> None:
    session = (await signs_in(room, pair.tutor)).cookies["sessionid"]
    cookies = f"Cookie: theme=dark\r\nCookie: sessionid={session};\r\nCookie: a=b"
    end = f"Host: 127.0.0.1:{room.server.port}\r\nConnection: close\r\n{cookies}\r\n\r\n"
    status, body = await exchange(room, f"GET /api/tutor/students HTTP/1.1\r\n{end}")
    assert status == 200, body


async def test_a_socket_finds_its_session_among_several_cookie_headers(
    room: Classroom, pair: Pair
) -> None:
    session = (await signs_in(room, pair.tutor)).cookies["sessionid"]
    host = f"127.0.0.1:{room.server.port}"
    reader, writer = await asyncio.open_connection("127.0.0.1", room.server.port)
    writer.write(
        f"GET /ws/ HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n{UPGRADE}\r\n"
        f"Cookie: sessionid={session}\r\nCookie: a=b\r\n\r\n".encode()
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        await reader.readuntil(b"\r\n\r\n")
        first = await reader.readuntil(b"}")
    writer.close()
    frame = json.loads(first[first.index(b"{") :])
    assert (frame["type"], frame["user_email"]) == ("connection_success", pair.tutor)


async def test_calls_by_http_1_0_are_served_without_a_host(room: Classroom, pair: Pair) -> None:
    given = {"student_email": pair.student, "session_id": "s", "message": "m"}
    body = json.dumps({**given, "message_type": "text"})
    bearer = f"Authorization: Bearer {room.site.tokens[pair.tutor]}\r\n"
    form = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    status, answer = await exchange(room, f"POST /api/tutor/feedback HTTP/1.0\r\n{bearer}{form}")
    assert (status, json.loads(answer)["delivery"]["status"]) == (202, "queued")
    status, page = await exchange(room, "GET /login/ HTTP/1.0\r\n\r\n")
    assert status == 200
    assert page.strip().endswith("</html>"), "a whole page, and not in chunks"
    assert await exchange(room, "HEAD /login/ HTTP/1.0\r\n\r\n") == (200, "")


@pytest.mark.parametrize("request_line", ["GET /ws/ HTTP/1.0", "GET /ws HTTP/1.1"])
async def test_a_handshake_that_lost_its_upgrade_is_told_so(
    room: Classroom, request_line: str
) -> None:
    spoilt = UPGRADE if request_line.endswith("1.0") else "Connection: close"
    status, page = await exchange(
        room, f"{request_line}\r\nHost: localhost\r\nAccept-Language: en\r\n{spoilt}\r\n\r\n"
    )
    assert status == 426
    assert "Upgrade header" in page


@pytest.mark.parametrize("second", ["Bearer other", "Basic eDp5"])
async def test_two_credentials_of_one_kind_are_none(
    room: Classroom, pair: Pair, second: str
) -> None:
    token = room.site.tokens[pair.tutor]
    end = f"Host: 127.0.0.1:{room.server.port}\r\nConnection: close\r\n"
    both = f"Authorization: Bearer {token}\r\nAuthorization: {second}\r\n\r\n"
    status, _ = await exchange(room, f"GET /api/tutor/students HTTP/1.1\r\n{end}{both}")
    assert status == 401
