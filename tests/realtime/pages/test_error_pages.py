"""What is refused outside the API and inside it, in the reader's language."""

import re
from collections.abc import Iterator
from typing import NoReturn

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from speaktracker.guard.refusals import too_many_failures
from speaktracker.roster.models import User
from speaktracker.urls import handler400, handler403, handler404, handler500  # noqa: F401

ENGLISH = {"Accept-Language": "en"}
# What is sent along where the answer depends on it: more than Django reads.
FORMS = {413: ("a" * 3_000_000, "application/x-www-form-urlencoded")}
TOO_MANY = "&".join(f"a{number}=1" for number in range(5001))


def fails(_request: HttpRequest) -> NoReturn:
    """Be a view with a bug."""
    raise ZeroDivisionError


def finds_no_database(_request: HttpRequest) -> NoReturn:
    """Be a view whose database is away."""
    raise OperationalError


def is_tried_too_often(_request: HttpRequest) -> NoReturn:
    """Be a view of somebody who guesses."""
    raise too_many_failures(60)


def reads_a_form(request: HttpRequest) -> HttpResponse:
    """Be a view that reads what was sent."""
    return HttpResponse(str(len(request.POST)))


urlpatterns = [
    *(path(f"{where}/guess", is_tried_too_often) for where in ("api", "pages")),
    *(path(f"{where}/form", csrf_exempt(reads_a_form)) for where in ("api", "pages")),
    *(path(f"{where}/bug", fails) for where in ("api", "pages")),
    *(path(f"{where}/away", finds_no_database) for where in ("api", "pages")),
    path("", include("speaktracker.urls")),
]


@pytest.fixture
def browser() -> Client:
    """A browser, in English, of a server that answers its bugs."""
    return Client(raise_request_exception=False, enforce_csrf_checks=True, headers=ENGLISH)


@pytest.fixture(autouse=True)
def _with_bugs() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


API = [
    ("get", "/api/nonsense", 404, "NOT_FOUND"),
    ("post", "/api/nonsense/", 404, "NOT_FOUND"),
    ("get", "/api", 404, "NOT_FOUND"),
    ("get", "/api/", 404, "NOT_FOUND"),
    ("get", "/api/tutor/feedback/%00", 404, "NOT_FOUND"),
    ("post", "/api/asyncapi.json", 405, "METHOD_NOT_ALLOWED"),
    ("get", "/api/auth/token", 405, "METHOD_NOT_ALLOWED"),
    ("put", "/api/schema", 405, "METHOD_NOT_ALLOWED"),
    ("put", "/api/docs/", 405, "METHOD_NOT_ALLOWED"),
    ("get", f"/api/asyncapi.json?{TOO_MANY}", 400, "INVALID_MESSAGE"),
    ("get", "/api/bug", 500, "INTERNAL_ERROR"),
    ("get", "/api/away", 503, "UNAVAILABLE"),
    ("get", "/api/guess", 429, "RATE_LIMITED"),
    ("post", "/api/form", 413, "MESSAGE_TOO_LARGE"),
]
PAGES = [
    ("get", "/nonsense", 404, "There is nothing here"),
    ("get", "/apis/", 404, "There is nothing here"),
    ("get", "/logout/", 405, "This does not work that way"),
    ("get", f"/login/?{TOO_MANY}", 400, "This could not be read"),
    ("post", "/login/", 403, "Please try again"),
    ("get", "/pages/bug", 500, "Something went wrong"),
    ("get", "/pages/away", 503, "Not right now"),
    ("get", "/pages/guess", 429, "Please wait a moment"),
    ("post", "/pages/form", 413, "This is too much at once"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address", "status", "code"), API)
def test_below_api_a_refusal_is_json(
    browser: Client, method: str, address: str, status: int, code: str
) -> None:
    answer = browser.generic(method.upper(), address, *FORMS.get(status, ()))
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["code"] == code
    assert answer.json()["detail"].isascii()
    assert answer.headers["Content-Language"] == "en"


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address", "status", "heading"), PAGES)
def test_elsewhere_a_refusal_is_a_page(
    browser: Client, method: str, address: str, status: int, heading: str
) -> None:
    answer = browser.generic(method.upper(), address, *FORMS.get(status, ()))
    assert answer.status_code == status
    page = answer.content.decode()
    assert f"<h1>{heading}</h1>" in page
    assert not [
        source for source in re.findall(r'(?:src|href)="([^"]+)"', page) if source[0] != "/"
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address", "status", "heading"), PAGES)
def test_a_page_of_a_refusal_is_korean_first_and_has_a_way_back(
    method: str, address: str, status: int, heading: str
) -> None:
    strict = Client(raise_request_exception=False, enforce_csrf_checks=True)
    answer = strict.generic(method.upper(), address, *FORMS.get(status, ()))
    page = answer.content.decode()
    assert answer.status_code == status
    assert '<html lang="ko">' in page
    assert '<a class="button" href="/">첫 페이지로</a>' in page
    assert heading not in page
    words = re.sub(r"SpeakTracker|<[^>]*>", "", page.split("<body>")[1])
    assert not re.search(r"[A-Za-z]{3}", words), words


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("/pages/away?a=1&b=2", "/pages/away?a=1&amp;b=2"),
        ("/pages/bug", "/pages/bug"),
        ("/pages/guess", "/pages/guess"),
        ("//pages/bug", None),
        ("/nonsense", None),
    ],
)
def test_what_may_pass_can_be_tried_again_where_one_was(
    browser: Client, address: str, link: str | None
) -> None:
    page = browser.generic("GET", address).content.decode()
    found = re.findall(r'<a class="button" href="([^"]+)">Open it again</a>', page)
    assert found == ([link] if link else [])


def test_a_stranger_s_host_gets_a_page_too(browser: Client) -> None:
    answer = browser.get("/login/", headers={"Host": "elsewhere.example.com"})
    assert answer.status_code == 400
    assert "This could not be read" in answer.content.decode()


def test_an_unknown_call_is_json_while_debugging_too(browser: Client) -> None:
    with override_settings(DEBUG=True):
        answer = browser.post("/api/nonsense")
    assert answer.status_code == 404
    assert answer.json()["code"] == "NOT_FOUND"


@pytest.mark.parametrize("where", ["api", "pages"])
def test_a_database_that_is_away_asks_to_come_back(browser: Client, where: str) -> None:
    assert int(browser.get(f"/{where}/away").headers["Retry-After"]) > 0


def test_a_refused_method_names_those_that_are_allowed(browser: Client) -> None:
    assert browser.get("/logout/").headers["Allow"] == "POST, OPTIONS"


@pytest.mark.django_db
def test_staff_who_may_not_see_a_list_are_told_by_a_page_of_ours(browser: Client) -> None:
    browser.force_login(User.objects.create_user("staff@example.com", is_staff=True))
    answer = browser.get("/admin/roster/user/")
    assert answer.status_code == 403
    assert "Your account may not see or do this." in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/schema", "/api/docs", "/api/asyncapi.json"])
def test_what_is_public_is_so_for_whoever_has_a_bad_token(browser: Client, address: str) -> None:
    answer = browser.get(address, headers={"Authorization": "Bearer not-a-token"})
    assert answer.status_code == 200
