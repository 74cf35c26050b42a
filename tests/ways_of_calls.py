"""Which of the two chains answers a call of Django's test clients: the one that a server takes."""

from functools import cache
from typing import Any

from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test.client import ClientHandler

from speaktracker.http.bearer_calls import BearerHandler, is_bearer_call

_by_token = cache(BearerHandler)


def answer_as_served(handler: ClientHandler, request: HttpRequest) -> HttpResponseBase:
    """Answer in the place of `ClientHandler.get_response`."""
    named: Any = request.headers
    headers = [(name.lower().encode(), value.encode("latin1")) for name, value in named.items()]
    chosen: Any = _by_token() if is_bearer_call(request.path_info, headers) else handler
    return BaseHandler.get_response(chosen, request)
