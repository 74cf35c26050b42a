"""Calls of the API by a token: the same views as for browsers, behind less.

Whoever sends a token and no cookie has no session, no form, no message and no kept language. What
is before a view for these alone (`BROWSER_MIDDLEWARE`) is left out, and the rest of the middleware,
the view and the end of the request are one synchronous chain: a call enters its thread once.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, cast

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.exception import convert_exception_to_response
from django.core.signals import request_started
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, get_resolver, set_script_prefix
from django.utils.module_loading import import_string

from speaktracker.http.request_threads import run_in_own_thread

API: Final = "/api/"
SCHEME: Final = b"bearer "


def is_bearer_call(path: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether a call of the API has a token and nothing that a browser sends by itself.

    `headers` have lower-case names, each once. Whether the token is valid is for the view.
    """
    if not path.startswith(API):
        return False
    named: Mapping[bytes, bytes] = dict(headers)
    # A cookie may be a session: whoever has one is asked for all that stands before a session.
    return not named.get(b"cookie") and named.get(b"authorization", b"").lower().startswith(SCHEME)


class BearerHandler(ASGIHandler):
    """Serves the calls that `is_bearer_call` names; whoever leaves has theirs carried through."""

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002 - Django's
        """Chain what stands in MIDDLEWARE for calls by token as well, in its order."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler = convert_exception_to_response(cast(Any, self)._get_response)
        for name in reversed(settings.MIDDLEWARE):
            if name in settings.BROWSER_MIDDLEWARE:
                continue
            made = import_string(name)(handler)
            if hasattr(made, "process_view"):
                self._view_middleware.insert(0, made.process_view)
            if hasattr(made, "process_exception"):
                self._exception_middleware.append(made.process_exception)
            handler = convert_exception_to_response(made)
        self._middleware_chain = handler

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Find the view of a call; programs ask for few addresses again and again."""
        request.resolver_match = match = _resolved(request.path_info)
        return match

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one call."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        await self.send_response(await run_in_own_thread(self.answer, scope, body), send)

    def answer(self, scope: Any, body: Any) -> HttpResponseBase:
        """Answer a call in this thread, and end it there, its database connection included.

        What is answered is whole: nothing below /api/ is streamed.
        """
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        if request is None:
            body.close()
        response = cast(Any, self.get_response(request) if request else refusal)
        response._handler_class = self.__class__
        response.close()
        return cast(HttpResponseBase, response)


@lru_cache(256)
def _resolved(path: str) -> ResolverMatch:
    return get_resolver().resolve(path)
