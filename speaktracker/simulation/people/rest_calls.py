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
# Where the server does not say how long to wait.
RETRY_SECONDS = 5.0
_TRY_LATER = (429, 503)


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What a call came to; `retry_after` in seconds for a call that is refused."""

    status: int
    body: dict[str, Any]
    retry_after: float


class CallRefused(Exception):
    """The server refused a call for good."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class RestClient:
    """Calls the API from a few threads of its own."""

    def __init__(self, url: str, is_loopback: bool) -> None:
        self._url = url
        proxies = [urllib.request.ProxyHandler({})] if is_loopback else []
        self._opener = urllib.request.build_opener(*proxies)
        self._threads = ThreadPoolExecutor(CALLS_AT_ONCE, "api")

    def close(self) -> None:
        """Start no more calls."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def post(self, path: str, body: dict[str, Any], token: str | None = None) -> CallOutcome:
        """Call once; raises OSError when the server cannot be reached."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._call, path, body, token)

    async def get(self, path: str, token: str) -> CallOutcome:
        """Ask once; raises OSError when the server cannot be reached."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._call, path, None, token)

    async def post_patiently(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call until the answer is not "later"; return its JSON. Raises CallRefused, OSError."""
        while True:
            answer = await self.post(path, body)
            if answer.status not in _TRY_LATER:
                break
            await asyncio.sleep(answer.retry_after)
        if answer.status >= 400:
            raise CallRefused(answer.status)
        return answer.body

    def _call(self, path: str, body: dict[str, Any] | None, token: str | None) -> CallOutcome:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        # The scheme was checked with the options: http or https.
        call = urllib.request.Request(self._url + path, data, headers)  # noqa: S310
        try:
            with self._opener.open(call, timeout=TIMEOUT_SECONDS) as answer:
                return CallOutcome(answer.status, _object(answer.read()), 0.0)
        except urllib.error.HTTPError as error:
            with error:
                try:
                    seconds = max(float(error.headers.get("Retry-After", "")), 0.1)
                except ValueError:
                    seconds = RETRY_SECONDS
                return CallOutcome(error.code, _object(error.read()), seconds)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
