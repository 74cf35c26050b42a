"""The id of a request, in its answer and in every line of the log that it causes."""

import re
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware
from structlog.contextvars import bound_contextvars

View = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

HEADER: Final = "X-Request-ID"
# What a proxy in front, or a client, may call it.
GIVEN: Final = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)


@async_only_middleware
def request_ids_middleware(get_response: View) -> View:
    """Take the id that came with the request, or give it one, and answer with it."""

    async def answer(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        request_id = given if GIVEN.fullmatch(given) else uuid4().hex
        with bound_contextvars(request_id=request_id):
            response = await get_response(request)
        response.headers[HEADER] = request_id
        return response

    return answer
