"""A call by token is answered word for word as one that goes through all that browsers need."""

import re

import pytest
from django.conf import settings
from django.test import Client, override_settings

from speaktracker.auth import tokens
from speaktracker.http.bearer_calls import is_bearer_call
from speaktracker.roster.models import User
from tests.rights.routes import api_calls

ORIGIN = "https://app.example.com"
CALLS = sorted(
    {re.sub(r"<int:\w+>", "7", call).replace("^api(/|$)", "api/no") for call in api_calls()}
    | {"GET /api/tutor/feedback?lang=ko", "OPTIONS /api/student/help", "HEAD /api/tutor/students"}
)
# What no two answers share.
NEW = re.compile(rb'(?<="ticket":")[^"]+|\d{4}-\d\d-\d\dT[\d:.]+Z')
EXPIRY = re.compile(r"expires=[^;]+")
TOKEN = (b"authorization", b"bearer x")

Answer = tuple[int, list[tuple[str, str]], list[str], bytes]


def answered(call: str, token: str, cookie: str) -> Answer:
    client = Client(raise_request_exception=False)
    client.cookies.load(cookie)
    method, _, path = call.partition(" ")
    more = {"X-Request-ID": "request-1", "Accept-Language": "en", "Origin": ORIGIN}
    headers = {"Authorization": f"Bearer {token}", **more}
    # No call takes a list: what would be stored is refused.
    got = client.generic(method, path, "[]", "application/json", headers=headers)
    set_cookies = [EXPIRY.sub("", cookie.OutputString()) for cookie in got.cookies.values()]
    return got.status_code, [*got.headers.items()], set_cookies, NEW.sub(b"", got.content)


@pytest.mark.parametrize("whose", ["tutor", "student", "nobody"])
@override_settings(CORS_ALLOWED_ORIGINS=[ORIGIN])
def test_every_call_is_answered_the_same_on_both_ways(
    whose: str, tutor: User, student: User
) -> None:
    person = {"tutor": tutor, "student": student}.get(whose)

    def answer(call: str, cookie: str) -> Answer:
        if person is None:
            return answered(call, "no token", cookie)
        person.refresh_from_db()  # a call to sign out everywhere ends its tokens
        return answered(call, tokens.issue(person), cookie)

    differing = [call for call in CALLS if answer(call, "") != answer(call, "unknown=1")]
    assert differing == []


@pytest.mark.parametrize(
    ("path", "headers", "is_one"),
    [
        ("/api/tutor/feedback", [TOKEN], True),
        ("/api/tutor/feedback", [TOKEN, (b"cookie", b"")], True),
        # Its session may be one, and what is kept of its language is.
        ("/api/tutor/feedback", [TOKEN, (b"cookie", b"sessionid=1")], False),
        ("/api/tutor/feedback", [(b"authorization", b"basic x")], False),
        ("/api/tutor/feedback", [], False),
        ("/admin/", [TOKEN], False),
        ("/student/", [TOKEN], False),
    ],
)
def test_what_has_a_token_and_no_cookie_takes_the_short_way(
    path: str, headers: list[tuple[bytes, bytes]], is_one: bool
) -> None:
    assert is_bearer_call(path, headers) is is_one


def test_whatever_is_not_named_as_for_browsers_stands_before_calls_by_token() -> None:
    left_out = set(settings.BROWSER_MIDDLEWARE)
    assert left_out < set(settings.MIDDLEWARE) | {"whitenoise.middleware.WhiteNoiseMiddleware"}
    assert not any("Guard" in name or "Security" in name or "Cors" in name for name in left_out)
