"""What a browser is told of every answer: what it may load, reach and use, and who keeps it."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from asgiref.sync import iscoroutinefunction
from csp.constants import NONE, SELF
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from speaktracker.http.cookie_names import end_plain_cookies

View = Callable[[HttpRequest], Any]  # an HttpResponseBase, or a coroutine that returns one

# No page asks for more than to play speech, but for practice, which listens to the student. Whoever
# needs another feature adds it here. A name that a browser does not know would be an error in its
# console.
PERMISSIONS = (
    "accelerometer=(), autoplay=(self), camera=(), display-capture=(), geolocation=(), "
    "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), "
    "xr-spatial-tracking=()"
)
LISTENING_PERMISSIONS = PERMISSIONS.replace("microphone=()", "microphone=(self)")


def page_policy(audio_hosts: Sequence[str]) -> dict[str, list[str]]:
    """Return the content security policy of every page: nothing but what is named, from here.

    Speech comes from `audio_hosts` over https. Where the socket is stands in each answer, by its
    host.
    """
    return {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [f"https://{host}" for host in audio_hosts] or [NONE],
        "object-src": [NONE],
        "frame-src": [NONE],
        "worker-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }


@sync_and_async_middleware
def page_security_middleware(get_response: View) -> View:
    """Send every answer with its policies, and have nobody keep what is not a static file."""

    async def answer_in_loop(request: HttpRequest) -> HttpResponseBase:
        return secured(request, await get_response(request))

    def answer(request: HttpRequest) -> HttpResponseBase:
        return secured(request, get_response(request))

    return answer_in_loop if iscoroutinefunction(get_response) else answer


def secured(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return an answer with what a browser is told of it, where its view said nothing else."""
    headers, sockets = response.headers, sockets_of(request)
    more = getattr(response, "policy_additions", None)
    policy = policy_of(tuple(sockets), **more) if more else usual_policy(tuple(sockets))
    headers.setdefault("Content-Security-Policy", policy)
    headers.setdefault("Permissions-Policy", PERMISSIONS)
    if not request.path_info.startswith(settings.STATIC_URL):
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    end_plain_cookies(request, response)
    return response


def policy_of(sockets: tuple[str, ...], **more: Any) -> str:
    """Write the policy of a page that may reach these `sockets`, and `more` by directive."""
    return build_policy(update={"connect-src": sockets, **more})


# Each way to write the host is one more, and anybody may add a port to it.
usual_policy = lru_cache(64)(policy_of)


def sockets_of(request: HttpRequest) -> list[str]:
    """Name the socket's origin at the host that was asked: Safari's 'self' does not include it.

    Nothing but an allowed host gets in here, and no address of IPv6: a policy cannot name one.
    """
    try:
        host = request.get_host()
    except DisallowedHost:
        return []
    return [] if host.startswith("[") else [f"{'wss' if request.is_secure() else 'ws'}://{host}"]
