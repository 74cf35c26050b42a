"""Korean first, English on request: `?lang=`, its cookie, who is signed in, Accept-Language."""

from collections.abc import Callable

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from speaktracker.http.cookie_names import kept_language

LANGUAGES = ("ko", "en")


def preferred(asked: str | None, accept_language: str, kept: str | None = None) -> str:
    """Choose a language code of LANGUAGES from `?lang=`, the kept choice and Accept-Language."""
    accepted = (tag for tag, _ in parse_accept_lang_header(accept_language.lower()))
    for tag in (asked or "", kept or "", *accepted):
        code = tag.lower().partition("-")[0]
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


def language_for(request: HttpRequest, asked: str | None) -> str:
    """Choose a language for whoever asks, once a request: a choice first, then what they speak."""
    known: str | None = getattr(request, "reader_language", None)
    if known is None:
        kept = kept_language(request)
        if asked not in LANGUAGES and kept not in LANGUAGES:
            kept = _language_of_person(request)
        known = preferred(asked, request.headers.get("Accept-Language", ""), kept)
        setattr(request, "reader_language", known)  # noqa: B010 - no attribute of Django's
    return known


def _language_of_person(request: HttpRequest) -> str:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or "Authorization" in request.headers:
        return ""  # a call with a token is no use of the session beside it
    try:
        # Read once: whoever answers the request has this person at hand then.
        return getattr(getattr(request, "user", None), "language", "")
    except Error:
        return ""  # whoever answers says what is the matter with the database


class LanguageMiddleware:
    """Answer each request in its reader's language, and remember a language that was asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked, kept = request.GET.get("lang"), kept_language(request)
        language = language_for(request, asked)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        # Once more as well where another name for the cookie ends with this answer.
        is_kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) == language
        if language in (asked, kept) and not is_kept:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                max_age=365 * 24 * 60 * 60,
                samesite="Lax",
                secure=settings.LANGUAGE_COOKIE_SECURE,
            )
        return response
