"""Answers on the wire of API Gateway: what the clients' libraries read."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

JSON = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """One answer; `error_type` is what the clients make their exceptions of."""

    status: int
    body: bytes = b""
    error_type: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())

    async def send(self, send: Any, without_body: bool = False) -> None:
        """Send it, under an id of its own."""
        headers = [
            (b"x-amzn-requestid", str(uuid4()).encode()),
            (b"cache-control", b"no-store"),
            *self.headers,
        ]
        if self.error_type:
            headers.append((b"x-amzn-errortype", self.error_type.encode()))
        if self.status != 204:
            headers += [(b"content-length", str(len(self.body)).encode()), JSON]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if without_body else self.body})


def json_answer(status: int, content: dict[str, Any]) -> WireAnswer:
    """Answer with JSON."""
    return WireAnswer(status, json.dumps(content, ensure_ascii=False).encode())


def error(status: int, error_type: str, message: str, retry: bool = False) -> WireAnswer:
    """Answer with an error, and when to try `retry` again."""
    body = json.dumps({"message": message}).encode()
    return WireAnswer(status, body, error_type, ((b"retry-after", b"1"),) if retry else ())


def forbidden(message: str) -> WireAnswer:
    """Answer a call that is not, or not well, signed, or that its key does not allow."""
    return error(403, "ForbiddenException", message)


def bad_request(message: str) -> WireAnswer:
    """Answer a call that cannot be meant."""
    return error(400, "BadRequestException", message)


OFF = error(404, "NotFoundException", "Not Found")
TOO_LARGE = error(413, "PayloadTooLargeException", "A post has at most 131072 bytes.")
NO_SUCH_CONNECTION = error(410, "GoneException", "There is no such connection.")
READER_BEHIND = error(
    429, "LimitExceededException", "The connection's reader is behind; nothing was sent.", True
)
CANNOT_KNOW = error(
    503, "ServiceUnavailableException", "The connection cannot be reached; try again.", True
)
FAILED = error(500, "InternalServerErrorException", "Internal Server Error")
