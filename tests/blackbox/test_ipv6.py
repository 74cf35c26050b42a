"""A server on IPv6, and clients with IPv6 addresses, behind a proxy and not."""

import json
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.typing import Origin

from tests.blackbox.classroom import PASSWORD, Classroom, Pair
from tests.blackbox.web import send_form
from tests.patient_clients import connect, http_client

ARGUMENTS = ("--host", "::")  # which takes IPv4 too: both kinds of peers are there
ENVIRONMENT = {
    "TRUSTED_PROXIES": "127.0.0.1,::1",
    "ADDRESS_HANDSHAKES_AT_ONCE": "3",
    "ADDRESS_HANDSHAKES_PER_SECOND": "0.01",
}
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-ipv6")]


async def opens(room: Classroom, host: str, stack: AsyncExitStack, **options: Any) -> Any:
    """Open a socket at `host` and return its first frame."""
    address = f"ws://{host}:{room.server.port}/ws/"
    socket = await stack.enter_async_context(connect(address, **options))
    return json.loads(await socket.recv())


async def test_a_person_signs_in_and_their_page_opens_its_socket(
    room: Classroom, pair: Pair
) -> None:
    url = f"http://[::1]:{room.server.port}"
    async with http_client(base_url=url) as browser:
        await send_form(browser, "/login/", "username", username=pair.tutor, password=PASSWORD)
        cookies = f"sessionid={browser.cookies['sessionid']}"
    async with AsyncExitStack() as stack:
        frame = await opens(
            room, "[::1]", stack, origin=Origin(url), additional_headers={"Cookie": cookies}
        )
    assert (frame["type"], frame["user_email"]) == ("connection_success", pair.tutor)


@pytest.mark.parametrize("host", ["[::1]", "127.0.0.1"])
async def test_one_network_of_64_bits_counts_as_one_address(
    room: Classroom, pair: Pair, host: str
) -> None:
    network = "2001:db8:1" if host == "127.0.0.1" else "2001:db8:2"
    frames = []
    async with AsyncExitStack() as stack:
        for address in ("0::1", "0:a:b:c:d", "0::3", "0::4", "1::1"):
            headers = {**room.bearer(pair.student), "X-Forwarded-For": f"{network}:{address}"}
            frames.append(await opens(room, host, stack, additional_headers=headers))
    expected = ["connection_success"] * 3 + ["connection_error", "connection_success"]
    assert [frame["type"] for frame in frames] == expected
    assert frames[3]["code"] == "RATE_LIMITED"
