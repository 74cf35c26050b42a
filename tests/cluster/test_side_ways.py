"""Text that no database holds is no error, by whatever side way it comes; on PostgreSQL."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from tests.blackbox.web import Form
from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.patient_clients import blocking_client, call, connect

TUTOR, ADMIN, PASSWORD = "tutor1@example.com", "admin@example.com", "demo-password"
ODD = (
    *("a\x00b", "\x00", "\ud800", "\u202egnp.exe", "x" * 4_000, "９" * 40),
    *("발\u0000음", "'\"\\;--%"),
)
TABLES = (
    *("roster/user", "roster/tutorstudent", "realtime/connection", "realtime/practicesession"),
    *("feedback/feedback", "passwords/letter", "auth/group"),
)
FILTERS = (
    *("q", "o", "p", "id", "id__exact", "user_type", "user_type__exact", "user_email", "pk__in"),
    *("student__email", "tutor__id__exact", "is_active__exact", "connected_at__gte", "_popup", "x"),
)
UNKNOWN = 4401
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]  # eight hundred calls


@pytest.fixture
def cluster(start_cluster: MakeCluster) -> Cluster:
    return start_cluster(nodes=1, LOG_LEVEL="INFO", EMAIL_URL="console:")


@pytest.fixture
def staff(cluster: Cluster) -> Iterator[httpx.Client]:
    """An administrator who is signed in."""
    url = f"http://127.0.0.1:{cluster.nodes[0].port}"
    with blocking_client(base_url=url) as client:
        fields = Form(client.get("/login/").text, "username").values
        signs_in = {**fields, "username": ADMIN, "password": PASSWORD}
        client.post("/login/", data=signs_in, headers={"Referer": f"{url}/login/"})
        assert "sessionid" in client.cookies
        yield client


def as_query(text: str) -> str:
    """Write `text` as a browser that checks nothing would."""
    return quote(text.encode("utf-8", "surrogatepass"))


def as_cookie(text: str) -> str:
    """Write `text` as a quoted cookie, with octal escapes (RFC 2109), as Django reads them."""
    octets = text.encode("utf-8", "surrogatepass")[:3_000]
    return '"' + "".join(f"\\{octet:03o}" for octet in octets)[:3_000] + '"'


async def test_odd_text_is_an_answer_and_no_error(cluster: Cluster, staff: httpx.Client) -> None:
    for odd in ODD:
        for where, answer in asked(cluster, staff, odd):
            assert answer.status_code < 500, (ascii(odd), where, answer.text[:300])
        for fields in socket_fields(cluster, odd):
            frames, code = await told(cluster, cluster.token(fields.pop("as")), fields)
            assert code is None, (fields, code, frames)
            assert "UNAVAILABLE" not in {frame.get("code") for frame in frames}, (fields, frames)
        assert await session_socket(cluster, as_cookie(odd)) == UNKNOWN
    log = cluster.nodes[0].server.log.read_text(errors="replace")
    assert "Traceback" not in log, log[log.index("Traceback") :][:3_000]


def asked(cluster: Cluster, staff: httpx.Client, odd: str) -> Iterator[tuple[str, httpx.Response]]:
    """Ask by every cookie, header, query, form field, JSON field and filter of the admin."""
    query, cookie = as_query(odd), as_cookie(odd)
    for place, (table, name) in enumerate(product(TABLES, FILTERS)):
        # Each text a fourth of all, by turns.
        if (place + ODD.index(odd)) % 4 == 0:
            yield f"{table} {name}", staff.get(f"/admin/{table}/?{name}={query}")
    for table in TABLES:
        yield f"{table} pk", staff.get(f"/admin/{table}/{query}/change/")
    for name in ("sessionid", "csrftoken", "django_language", "messages"):
        for path in ("/login/", "/student/", "/admin/", "/api/tutor/students"):
            headers = {"Cookie": f"{name}={cookie}"}
            yield f"{path} {name}", call("GET", f"{staff.base_url}{path}", headers=headers)
    raw = odd.encode("utf-8", "surrogatepass").replace(b"\0", b"\x01")[:3_000]
    for header in (b"Accept-Language", b"Authorization", b"Referer", b"User-Agent", b"X-CSRFToken"):
        yield f"{header!r}", call("GET", f"{staff.base_url}/login/", headers=[(header, raw)])
    bearer = {"Authorization": f"Bearer {cluster.token(TUTOR)}"}
    for name in ("student_email", "session_id", "before", "lang"):
        path = f"/api/tutor/feedback?{name}={query}"
        yield path, call("GET", f"{staff.base_url}{path}", headers=bearer)
    for path in ("/login/", "/password/forgotten/", "/first/", "/admin/login/"):
        yield path, form_with(staff, path, odd)
    for path, body in bodies(cluster, odd):
        text = json.dumps(body)  # a lone surrogate is an escape here, as JSON allows
        headers = {**bearer, "Content-Type": "application/json", "Idempotency-Key": ascii(odd)[:99]}
        yield path, call("POST", f"{staff.base_url}{path}", content=text, headers=headers)


def form_with(staff: httpx.Client, path: str, odd: str) -> httpx.Response:
    """Send a page's form with odd text in every field but the one that proves it is ours."""
    with blocking_client(base_url=staff.base_url) as client:
        page = client.get(path)
        field = "email" if "forgotten" in path else "username"
        names = Form(page.text, field).values
        sent = {name: odd.encode("utf-8", "surrogatepass") for name in names}
        sent["csrfmiddlewaretoken"] = client.cookies["csrftoken"].encode()
        return client.post(path, data=sent, headers={"Referer": str(page.url)})


def bodies(cluster: Cluster, odd: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Write JSON bodies, odd in one field each."""
    given = {
        "student_email": cluster.students_of(TUTOR)[0],
        "session_id": "s",
        "message": "m",
        "message_type": "text",
    }
    for name in (*given, "audio_url"):
        yield "/api/tutor/feedback", {**given, name: odd}
    for name in ("email", "password"):
        yield "/api/auth/token", {"email": TUTOR, "password": "wrong", name: odd}
    yield "/api/auth/token/refresh", {"refresh": odd}


def socket_fields(cluster: Cluster, odd: str) -> Iterator[dict[str, Any]]:
    """Write messages of a socket, odd in one field each; `as` is who sends them."""
    student = cluster.students_of(TUTOR)[1]
    status = {"type": "status", "status": "studying", "session_id": "s", "as": student}
    for name in ("session_id", "current_sentence", "timestamp", "user_email", "message_id"):
        yield {**status, name: odd}
    yield {"type": "feedback_ack", "message_id": odd, "state": "seen", "as": student}
    yield {"type": "feedback_ack", "message_ids": [odd], "state": "seen", "as": student}
    given = {"type": "feedback", "session_id": "s", "message": "m", "message_type": "text"}
    for name in ("student_email", "session_id", "message", "message_id", "from", "timestamp"):
        yield {**given, "student_email": student, name: odd, "as": TUTOR}


async def told(
    cluster: Cluster, token: str, message: dict[str, Any]
) -> tuple[list[dict[str, Any]], int | None]:
    """Send one message and a ping; return all frames up to its pong, or the code of the close."""
    frames: list[dict[str, Any]] = []
    address = f"ws://127.0.0.1:{cluster.nodes[0].port}/ws/"
    headers = {"Authorization": f"Bearer {token}"}
    async with connect(address, additional_headers=headers) as socket:
        try:
            await socket.send(json.dumps(message))
            await socket.send('{"type": "ping"}')
            while not frames or frames[-1]["type"] != "pong":
                frames.append(json.loads(await socket.recv()))
        except ConnectionClosed:
            return frames, socket.close_code
    return frames, None


async def session_socket(cluster: Cluster, cookie: str) -> int | None:
    """Come with a session cookie that holds odd text; return the code of the close."""
    host = f"127.0.0.1:{cluster.nodes[0].port}"
    headers = {"Cookie": f"sessionid={cookie}"}
    async with connect(
        f"ws://{host}/ws/", origin=Origin(f"http://{host}"), additional_headers=headers
    ) as socket:
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            return socket.close_code
