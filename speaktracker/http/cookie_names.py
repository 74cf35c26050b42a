"""What our cookies are called, and the end of those of before.

A browser takes a `__Host-` cookie only from this very host, over https and for all of its paths: no
host beside or below it can put one there, and no page of plain http.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# The session, the CSRF token, the language and the admin's messages, as Django calls them.
PLAIN = ("sessionid", "csrftoken", "django_language", "messages")
LANGUAGE = PLAIN.index("django_language")


def cookie_names(is_https: bool) -> tuple[str, ...]:
    """Return the names in the order of PLAIN."""
    return tuple(f"__Host-{name}" for name in PLAIN) if is_https else PLAIN


def kept_language(request: HttpRequest) -> str | None:
    """Return the language that a browser keeps, under the name of before as well."""
    cookies = request.COOKIES
    return cookies.get(settings.LANGUAGE_COOKIE_NAME) or cookies.get(PLAIN[LANGUAGE])


def end_plain_cookies(request: HttpRequest, response: HttpResponseBase) -> None:
    """Delete the cookies of before from a browser that has none of now yet.

    Another application of this host may use the same names: its cookies are not ours to delete
    again and again.
    """
    names = cookie_names(settings.IS_HTTPS)
    if names == PLAIN or not request.COOKIES.keys().isdisjoint(names):
        return
    for name in PLAIN:
        if name in request.COOKIES:
            response.delete_cookie(name, samesite="Lax")
