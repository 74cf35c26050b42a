"""Behind a proxy that takes headers apart or puts them together all is as it is without."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.typing import Origin, Subprotocol

from tests.blackbox.classroom import PASSWORD, Classroom, Pair
from tests.blackbox.header_proxy import HeaderProxy, join, split
from tests.blackbox.web import send_form
from tests.patient_clients import connect, http_client

pytestmark = pytest.mark.e2e


@pytest.fixture(params=[split, join])
async def proxy(request: pytest.FixtureRequest, room: Classroom) -> AsyncIterator[HeaderProxy]:
    async with HeaderProxy(room.server.port, request.param) as made:
        yield made


@pytest.fixture
async def browser(proxy: HeaderProxy) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has cookies of others, too, in several headers."""
    url = f"http://127.0.0.1:{proxy.port}"
    language = [("Accept-Language", "de, fr;q=0.9"), ("Accept-Language", "en;q=0.8")]
    async with http_client(base_url=url, headers=language, cookies={"a": "1"}) as client:
        yield client


async def test_the_api_knows_who_calls_and_their_language(
    room: Classroom, pair: Pair, browser: httpx.AsyncClient
) -> None:
    browser.headers.update(room.bearer(pair.tutor))
    assert (await browser.get("/api/tutor/students")).status_code == 200
    refused = await browser.post("/api/tutor/feedback", json={"message_type": "text"})
    assert refused.status_code == 400
    assert "required" in refused.text


async def test_a_person_signs_in_and_their_page_opens_its_socket(
    pair: Pair, proxy: HeaderProxy, browser: httpx.AsyncClient
) -> None:
    await send_form(browser, "/login/", "username", username=pair.tutor, password=PASSWORD)
    page = await browser.get("/", follow_redirects=True)
    assert page.status_code == 200
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar)
    async with connect(
        f"ws://127.0.0.1:{proxy.port}/ws/",
        origin=Origin(f"http://127.0.0.1:{proxy.port}"),
        additional_headers={"Cookie": cookies},
    ) as socket:
        frame = json.loads(await socket.recv())
    assert (frame["type"], frame["user_email"]) == ("connection_success", pair.tutor)


async def test_a_socket_is_identified_by_its_subprotocols(
    room: Classroom, pair: Pair, proxy: HeaderProxy
) -> None:
    bearer = Subprotocol(f"bearer.{room.site.tokens[pair.student]}")
    async with connect(
        f"ws://127.0.0.1:{proxy.port}/ws/",
        subprotocols=[Subprotocol("speaktracker.v1"), bearer],
        additional_headers=[("Accept-Language", "fr"), ("Accept-Language", "en")],
    ) as socket:
        frame = json.loads(await socket.recv())
        await socket.send("nonsense")
        error = json.loads(await socket.recv())
    assert socket.subprotocol == "speaktracker.v1"
    assert (frame["type"], frame["user_email"]) == ("connection_success", pair.student)
    assert error["message"].isascii(), "English was asked for"
