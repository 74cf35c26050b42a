"""Without keys there is nothing: each call is answered with 404, in the words of the clients."""

import httpx
import pytest

from speaktracker.asgi import application
from tests.patient_clients import http_client


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE", "PUT", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("path", ["/@connections/L0SM9cOFvHcCIhw%3D", "/prod/%40connections/x/"])
async def test_it_is_off_without_keys(method: str, path: str) -> None:
    transport = httpx.ASGITransport(application)
    async with http_client(transport=transport, base_url="http://any.host") as client:
        answer = await client.request(method, path)
    assert answer.status_code == 404
    assert answer.headers["x-amzn-errortype"] == "NotFoundException"
    assert answer.headers["x-amzn-requestid"]
