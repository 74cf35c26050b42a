"""A proxy in front of the store that sees whether the order of a key's writes is kept."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from tests.persistence.faults import FaultProxy


class Witness(FaultProxy):
    """Notes in `faults` each key that two calls write at once, or whose version goes back.

    The version of a connection is the number in its tutor's address, as `versioned` writes it.
    """

    def __init__(self, upstream: int) -> None:
        super().__init__(upstream)
        self.faults: list[str] = []
        self.written: dict[str, int] = {}
        self._in_call: set[str] = set()

    async def _answer(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        found = dict(_versions(json.loads(body))) if b"PutRequest" in body else {}
        self.faults += [f"{key} is in two calls" for key in self._in_call & found.keys()]
        for key, version in found.items():
            if version < self.written.get(key, 0):
                self.faults.append(f"{key} went from {self.written[key]} back to {version}")
            self.written[key] = version
        self._in_call |= found.keys()
        try:
            await asyncio.sleep(0)  # a call of another process is seen beside this one
            return await super()._answer(headers, body)
        finally:
            self._in_call -= found.keys()


def versioned(number: int) -> str:
    """Write a version as an address."""
    return f"{number}@example.com"


def _versions(body: dict[str, Any]) -> Iterator[tuple[str, int]]:
    for requests in body["RequestItems"].values():
        for request in requests:
            item = request["PutRequest"]["Item"]
            yield item["connection_id"]["S"], int(item["tutor_email"]["S"].partition("@")[0])
