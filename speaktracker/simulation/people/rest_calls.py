"""The few REST calls a simulation makes."""

import asyncio
import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

TIMEOUT_SECONDS = 20
CALLS_AT_ONCE = 8
_TRY_LATER = (429, 503)


@dataclass(frozen=True, slots=True)
class Answer:
    """A call's outcome; `retry_after` in seconds where the server names them."""

    status: int
    body: dict[str, Any]
    retry_after: float


class ApiRefused(Exception):
    """The server refused a call for good."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class Api:
    """POSTs JSON from a few threads of its own."""

    def __init__(self, url: str, is_loopback: bool) -> None:
        self._url = url
        proxies = [urllib.request.ProxyHandler({})] if is_loopback else []
        self._opener = urllib.request.build_opener(*proxies)
        self._threads = ThreadPoolExecutor(CALLS_AT_ONCE, "api")

    def close(self) -> None:
        """Start no more calls."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def post(self, path: str, body: dict[str, Any], token: str | None = None) -> Answer:
        """Call once; raises OSError when the server cannot be reached."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._post, path, body, token)

    async def post_patiently(self, path: str, body: dict[str, Any]) -> Answer:
        """Call until the server does not say "later"; raises ApiRefused, OSError."""
        while True:
            answer = await self.post(path, body)
            if answer.status not in _TRY_LATER:
                break
            await asyncio.sleep(answer.retry_after)
        if answer.status >= 400:
            raise ApiRefused(answer.status)
        return answer

    def _post(self, path: str, body: dict[str, Any], token: str | None) -> Answer:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = json.dumps(body).encode()
        # The scheme was checked with the options: http or https.
        call = urllib.request.Request(self._url + path, data, headers)  # noqa: S310
        try:
            with self._opener.open(call, timeout=TIMEOUT_SECONDS) as answer:
                return Answer(answer.status, _object(answer.read()), 0.0)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _object(error.read()), _seconds(error))


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(error: urllib.error.HTTPError) -> float:
    try:
        return max(float(error.headers.get("Retry-After", "")), 0.1)
    except ValueError:
        return 5.0
