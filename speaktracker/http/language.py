"""Korean first, English on request: `?lang=`, then its cookie, then Accept-Language."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

LANGUAGES = ("ko", "en")


def preferred(asked: str | None, accept_language: str, kept: str | None = None) -> str:
    """Choose a language code of LANGUAGES from `?lang=`, the kept choice and Accept-Language."""
    accepted = (tag for tag, _ in parse_accept_lang_header(accept_language.lower()))
    for tag in (asked or "", kept or "", *accepted):
        code = tag.lower().partition("-")[0]
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


class LanguageMiddleware:
    """Answer each request in its reader's language, and remember a language that was asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked, kept = request.GET.get("lang"), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = preferred(asked, request.headers.get("Accept-Language", ""), kept)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        if asked == language != kept:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                max_age=365 * 24 * 60 * 60,
                samesite="Lax",
                secure=bool(settings.SESSION_COOKIE_SECURE),
            )
        return response
