"""What Django itself refuses: JSON below /api/, elsewhere a page in the reader's language.

Nothing here asks the database or the session: either may be what failed.
"""

import sys
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.http import escape_leading_slashes
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from speaktracker.db.outage import is_outage
from speaktracker.guard.refusals import TryRefused
from speaktracker.http.language import language_for
from speaktracker.http_errors import ServiceUnavailable, problem
from speaktracker.roster.permissions import Outranked

# What a reader is told: what happened, and what to do about it.
SENTENCES = {
    400: (_("This could not be read"), _("Something in the address or the form is not right.")),
    403: (_("This is not for you"), _("Your account may not see or do this.")),
    404: (_("There is nothing here"), _("The address may be mistyped, or the page is gone.")),
    405: (_("This does not work that way"), _("Please start again from the first page.")),
    413: (_("This is too much at once"), _("Please go back and send less.")),
    426: (_("Only a socket opens here"), _("A proxy in between may drop its Upgrade header.")),
    500: (_("Something went wrong"), _("It is not your fault. Please try again in a moment.")),
    503: (_("Not right now"), ServiceUnavailable.default_detail),
}
# Refusals that pass by themselves.
MAY_PASS = {429, 500, 503}
FORM_TOO_OLD = (
    _("Please try again"),
    _("The form was open for too long, or the browser keeps no cookies. Nothing was changed."),
)


def refusal(
    request: HttpRequest, status: int, sentences: tuple[object, object] | None = None
) -> HttpResponse:
    """Answer with `status` and what `sentences`, a heading and a text, say of it."""
    language = language_of(request)
    heading, text = sentences or SENTENCES[status]
    with translation.override(language):
        if is_of_api(request):
            response: HttpResponse = problem(status, str(text))
        else:
            context = {
                "heading": heading,
                "text": text,
                "language": language,
                "again": address_to_try_again(request, status),
            }
            response = HttpResponse(render_to_string("realtime/error.html", context), status=status)
    response.headers["Content-Language"] = language
    if status == ServiceUnavailable.status_code:
        response.headers["Retry-After"] = str(ServiceUnavailable.wait)
    add_never_cache_headers(response)
    return response


def address_to_try_again(request: HttpRequest, status: int) -> str:
    """Return where the reader was, if it may work in a moment; a form is not sent twice by it."""
    if request.method != "GET" or status not in MAY_PASS:
        return ""
    return escape_leading_slashes(request.get_full_path())


def is_of_api(request: HttpRequest) -> bool:
    """Tell whether a program asks, which reads JSON."""
    return f"{request.path_info}/".startswith("/api/")


def language_of(request: HttpRequest) -> str:
    """Choose the reader's language as the middleware does, of a request that may be unreadable."""
    try:
        asked = request.GET.get("lang")
    except SuspiciousOperation:  # more parameters than Django reads
        asked = None
    return language_for(request, asked)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django does not read."""
    return refusal(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer whoever may not see a page."""
    why = str(exception) if isinstance(exception, Outranked) else ""
    return refusal(request, 403, (SENTENCES[403][0], why) if why else None)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer an address that leads nowhere."""
    return refusal(request, 404)


@csrf_exempt
def no_such_call(request: HttpRequest, _rest: str) -> HttpResponse:
    """Answer an unknown address of the API, with DEBUG as well."""
    return refusal(request, 404)


def only_for_sockets(request: HttpRequest) -> HttpResponse:
    """Answer a plain request to the socket's address, as a proxy makes of one that it spoils."""
    response = refusal(request, 426)
    response.headers["Upgrade"] = "websocket"
    response.headers["Connection"] = "Upgrade"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer where a bug, or a store that is away, left no answer."""
    return refusal(request, 503 if (error := sys.exc_info()[1]) and is_outage(error) else 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's
    """Answer a form that did not prove that a page of ours sent it."""
    return refusal(request, 403, FORM_TOO_OLD)


class ErrorPagesMiddleware:
    """Give a refused method its words, and a store that is away an answer without a trace."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        worded = refusal(request, 405)
        worded.headers["Allow"] = response.headers["Allow"]
        return worded

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 503 while the database is away, and what the guard refuses; others are bugs."""
        if isinstance(error, TryRefused):
            return refusal(request, error.status_code, (_("Please wait a moment"), error.detail))
        return refusal(request, 503) if is_outage(error) else None
