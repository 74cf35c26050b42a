"""Calls of the Management API as ASGI serves them, before Django: signature, body, outcome."""

import hashlib
import logging
import re
import time
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qs, quote

from django.conf import settings

from realtime.protocol.wire_limits import CLOSE_REASON_BYTES
from speaktracker import clock, logs, metrics
from speaktracker.configuration.management_keys import VERBS, ManagementKey
from speaktracker.management_api import answers
from speaktracker.management_api.answers import WireAnswer
from speaktracker.management_api.asking import ask
from speaktracker.management_api.calls import CallResult, ConnectionCall, Verb
from speaktracker.management_api.signature import (
    BadSignature,
    WireRequest,
    authorization_of,
    check_signature,
)
from speaktracker.management_api.wire_path import WirePath, path_of_call

BODY_BYTES = 131_072
CONNECTION_ID = re.compile(r"[A-Za-z0-9_-]{15}=", re.ASCII)
UNKNOWN_KEY = "unknown"
_INVOCATION, _ATTEMPT = "amz-sdk-invocation-id", re.compile(r"attempt=(\d{1,4})\b", re.ASCII)


class AnsweredAtOnce(Exception):
    """A call is answered without being carried out."""

    def __init__(self, answer: WireAnswer) -> None:
        super().__init__(answer.error_type)
        self.answer = answer


def path_of(scope: Any) -> WirePath | None:
    """Find `@connections` in the path of a request as it came; None for any other request."""
    raw: bytes | None = scope.get("raw_path")
    return path_of_call(raw.decode("latin1") if raw else quote(scope["path"], safe="/@~"))


class ManagementCall:
    """One request, from its first byte to its answer."""

    def __init__(self, scope: Any, path: WirePath) -> None:
        self.method: str = scope["method"]
        self.path = path
        self.query: str = scope["query_string"].decode("latin1")
        self.headers = {
            name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]
        }
        self.key: ManagementKey | None = None
        self._began = time.perf_counter()

    async def serve(self, receive: Any, send: Any) -> None:
        """Answer the request; whatever happens, it is one that the clients can read."""
        try:
            answer = await self._answer(receive) if settings.MANAGEMENT_API.keys else answers.OFF
        except AnsweredAtOnce as refused:
            answer = refused.answer
        except Exception as error:
            logs.event("error", status="error", level=logging.ERROR, exc_info=error)
            answer = answers.FAILED
        self._note(answer)
        await answer.send(send, without_body=self.method == "HEAD")

    async def _answer(self, receive: Any) -> WireAnswer:
        try:
            authorization = authorization_of(
                self.headers, settings.MANAGEMENT_API.region, _this_moment()
            )
            key = settings.MANAGEMENT_API.keys.get(authorization.key_id)
            if key is None:
                raise BadSignature("The signature does not fit the call and the key.")
            self.key = key
            if self.method not in key.verbs:
                raise BadSignature(f"This key is not for {self.method}.")
            body = await whole_body(receive)
            request = WireRequest(
                self.method, self.path, self.query, self.headers, hashlib.sha256(body).hexdigest()
            )
            check_signature(request, authorization, key.secret)
        except BadSignature as bad:
            return answers.forbidden(str(bad))
        call = self._wanted(body, f"{key.key_id} {request.payload_hash}")
        return answer_to(call, await ask(call))

    def _wanted(self, body: bytes, signed: str) -> ConnectionCall:
        connection_id = self.path.connection_id
        if not CONNECTION_ID.fullmatch(connection_id):
            raise AnsweredAtOnce(answers.bad_request("A connection's id has 16 characters."))
        verb = cast(Verb, self.method)
        if verb == "DELETE":
            return ConnectionCall(verb, connection_id, b"", *close_of(self.query))
        if verb == "GET":
            return ConnectionCall(verb, connection_id)
        invocation = self.headers.get(_INVOCATION, "")[:100]
        attempt = _ATTEMPT.match(self.headers.get("amz-sdk-request", ""))
        return ConnectionCall(
            verb,
            connection_id,
            body,
            repeatable=invocation and f"{invocation} {signed}",
            is_repeated=attempt is not None and int(attempt[1]) > 1,
        )

    def _note(self, answer: WireAnswer) -> None:
        key_id = self.key.key_id if self.key else UNKNOWN_KEY
        method = self.method if self.method in VERBS else "other"
        metrics.management_called(key_id, method, answer.status, time.perf_counter() - self._began)


async def whole_body(receive: Any) -> bytes:
    """Read the whole body, so that the next request on the connection begins where it should.

    Raises AnsweredAtOnce for one that is too large.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= BODY_BYTES:
            parts.append(part)
        more = message.get("more_body", False)
    if size > BODY_BYTES:
        raise AnsweredAtOnce(answers.TOO_LARGE)
    return b"".join(parts)


def close_of(query: str) -> tuple[int, str]:
    """Read the code and the reason of a close, 1000 without one; raises AnsweredAtOnce."""
    said = parse_qs(query, keep_blank_values=True)
    codes, reasons = said.get("code", ["1000"]), said.get("reason", [""])
    code = int(codes[0]) if re.fullmatch(r"[0-9]{4}", codes[0], re.ASCII) else 0
    if len(codes) > 1 or (code != 1000 and not 4000 <= code <= 4999):
        raise AnsweredAtOnce(answers.bad_request("The code of a close is 1000, or 4000 to 4999."))
    if len(reasons) > 1 or len(reasons[0].encode(errors="replace")) > CLOSE_REASON_BYTES:
        raise AnsweredAtOnce(
            answers.bad_request(f"The reason of a close has at most {CLOSE_REASON_BYTES} bytes.")
        )
    return code, reasons[0]


def answer_to(call: ConnectionCall, outcome: CallResult) -> WireAnswer:
    """Say what came of a call."""
    if outcome.result == "done":
        if call.verb == "GET":
            return answers.json_answer(200, outcome.told or {})
        return WireAnswer(204 if call.verb == "DELETE" else 200)
    return {
        "gone": answers.NO_SUCH_CONNECTION,
        "behind": answers.READER_BEHIND,
        "unknown": answers.CANNOT_KNOW,
    }[outcome.result]


def _this_moment() -> datetime:
    return datetime.fromtimestamp(clock.epoch(), UTC)
