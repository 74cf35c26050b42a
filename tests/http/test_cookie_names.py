"""Cookies of this host alone under https, and the polite end of those of before."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from speaktracker.http.cookie_names import PLAIN, cookie_names, end_plain_cookies
from speaktracker.http.repeated_headers import merged

NEW = cookie_names(True)


@pytest.fixture
def https(settings: Settings) -> None:
    """Call the cookies as an https PUBLIC_URL does."""
    settings.IS_HTTPS = True
    settings.LANGUAGE_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = NEW[:2]
    settings.LANGUAGE_COOKIE_NAME, settings.MESSAGE_COOKIE_NAME = NEW[2:]


def ended(*names: str) -> set[str]:
    """Return which cookies an answer deletes from a browser that sent these."""
    request, response = HttpRequest(), HttpResponse()
    request.COOKIES = dict.fromkeys(names, "x")
    end_plain_cookies(request, response)
    return {name for name, cookie in response.cookies.items() if cookie["max-age"] == 0}


@pytest.mark.usefixtures("https")
def test_cookies_of_before_end_once() -> None:
    assert ended(*PLAIN, "theme") == {*PLAIN}
    assert ended(*PLAIN, NEW[1]) == set()  # they are of another application by now


def test_without_https_nothing_ends() -> None:
    assert ended(*PLAIN) == set()


@pytest.mark.usefixtures("https")
@pytest.mark.django_db
def test_a_language_that_was_chosen_stays(client: Client) -> None:
    client.cookies["django_language"] = "en"
    answer = client.get("/login/", headers={"Accept-Language": "ko"})
    assert answer.headers["Content-Language"] == "en"
    assert answer.cookies[NEW[2]].value == "en"
    assert answer.cookies["django_language"]["max-age"] == 0


@pytest.mark.parametrize("space", [b"\xa0", b"\x85", b"\xc2\xa0", "\u2003".encode()])
def test_no_odd_space_makes_another_name_of_it(space: bytes) -> None:
    cookies = b"a=b; " + space + b"__Host-sessionid=planted; theme=\xec\x96\xb4"
    assert merged([(b"cookie", cookies)]) == [(b"cookie", b"a=b; theme=\xec\x96\xb4")]
