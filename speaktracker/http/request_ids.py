"""The id of a request, in its answer and in every line of the log that it causes."""

import re
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from structlog.contextvars import bound_contextvars

View = Callable[[HttpRequest], Any]  # an HttpResponseBase, or a coroutine that returns one

HEADER: Final = "X-Request-ID"
# What a proxy in front, or a client, may call it.
GIVEN: Final = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)


@sync_and_async_middleware
def request_ids_middleware(get_response: View) -> View:
    """Take the id that came with the request, or give it one, and answer with it."""

    async def answer_in_loop(request: HttpRequest) -> HttpResponseBase:
        with bound_contextvars(request_id=(request_id := id_of(request))):
            response = await get_response(request)
        return named(response, request_id)

    def answer(request: HttpRequest) -> HttpResponseBase:
        with bound_contextvars(request_id=(request_id := id_of(request))):
            response = get_response(request)
        return named(response, request_id)

    return answer_in_loop if iscoroutinefunction(get_response) else answer


def id_of(request: HttpRequest) -> str:
    """Return the id that came with a request, where it can be one, else a new one."""
    given = request.headers.get(HEADER, "")
    return given if GIVEN.fullmatch(given) else uuid4().hex


def named(response: HttpResponseBase, request_id: str) -> HttpResponseBase:
    """Return an answer with the id of its request."""
    response.headers[HEADER] = request_id
    return response
