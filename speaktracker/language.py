"""Korean first, English on request: `?lang=` before `Accept-Language` before Korean."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

LANGUAGES = ("ko", "en")


def preferred(asked: str | None, accept_language: str) -> str:
    """Choose a language code of LANGUAGES from `?lang=` and an Accept-Language header."""
    for tag in (asked or "", *(tag for tag, _ in parse_accept_lang_header(accept_language.lower()))):
        code = tag.lower().partition("-")[0]
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


class LanguageMiddleware:
    """Answer each request in its reader's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = preferred(request.GET.get("lang"), request.headers.get("Accept-Language", ""))
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
