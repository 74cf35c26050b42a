"""The command line, and what the server writes."""

import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.patient_clients import call, connect, http_client
from tests.server.conftest import Start
from tests.server.process import ServerProcess

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("server-command")]


async def _get(url: str, **options: Any) -> httpx.Response:
    async with http_client() as client:
        return await client.get(url, **options)


def _refusal(*arguments: str, **environment: str) -> str:
    ended = subprocess.run(
        [sys.executable, "manage.py", "serve", *arguments],
        cwd=Path(__file__).parents[2],
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


def test_a_port_in_use_is_told_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"Port {port} of 127.0.0.1 is in use" in _refusal("--port", port)


def test_an_address_of_another_machine_is_told_in_one_sentence() -> None:
    assert "no address of this machine" in _refusal("--host", "192.0.2.1")


def test_workers_need_redis() -> None:
    assert "needs REDIS_URL" in _refusal("--workers", "2")


def test_a_database_without_our_tables_is_told_in_one_sentence(tmp_path: Path) -> None:
    said = _refusal("--port", "0", DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert "Migrations are missing (" in said
    assert "run `manage.py migrate`" in said


def test_a_wrong_list_of_proxies_is_told_in_one_sentence() -> None:
    assert "TRUSTED_PROXIES must list" in _refusal(TRUSTED_PROXIES="10.0.0.1/8")


async def test_no_query_string_is_ever_written(start_server: Start) -> None:
    server = start_server(LOG_LEVEL="DEBUG")
    for path in ("echo", "nowhere", "reject", "failing"):
        await _get(f"http://{server.address()}/{path}?token=geheim&other=verborgen")
        with suppress(InvalidStatus, ConnectionClosed):
            async with connect(server.ws(f"{path}?token=geheim&other=verborgen")) as socket:
                await socket.send("x")
                await socket.recv()
    server.terminate()
    server.ended()
    assert "on purpose" in server.output
    assert "geheim" not in server.output
    assert "verborgen" not in server.output


def test_requests_leave_no_line(server: ServerProcess) -> None:
    assert call("GET", f"http://{server.address()}/").json() == {
        "client": "127.0.0.1",
        "scheme": "http",
    }
    assert [line for line in server.lines if "Listening on" not in line] == []


def test_forwarded_addresses_of_strangers_are_ignored(server: ServerProcess) -> None:
    forwarded = {"x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https"}
    answer = call("GET", f"http://{server.address()}/", headers=forwarded).json()
    assert answer == {"client": "127.0.0.1", "scheme": "http"}


async def test_a_trusted_proxy_says_who_the_client_is(start_server: Start) -> None:
    server = start_server(TRUSTED_PROXIES="127.0.0.0/8")
    forwarded = {"x-forwarded-for": "198.51.100.1, 192.0.2.7", "x-forwarded-proto": "https"}
    answer = (await _get(f"http://{server.address()}/", headers=forwarded)).json()
    assert answer == {"client": "192.0.2.7", "scheme": "https"}
    async with connect(server.ws("scoped"), additional_headers=forwarded) as socket:
        assert await socket.recv() == '{"client": "192.0.2.7", "scheme": "wss"}'


async def test_messages_are_deflated_when_asked_for(start_server: Start) -> None:
    server = start_server(WEBSOCKET_COMPRESSION="1")
    async with connect(server.ws("echo"), compression="deflate") as socket:
        assert [extension.name for extension in socket.protocol.extensions] == [
            "permessage-deflate"
        ]
        for text in ("발음" * 1000, "", "short"):
            await socket.send(text)
            assert await socket.recv() == text


async def test_messages_are_not_deflated_by_default(server: ServerProcess) -> None:
    async with connect(server.ws("echo"), compression="deflate") as socket:
        assert socket.protocol.extensions == []
