"""SPEC.md section 2: where identity comes from, in which order, and what may not contradict it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from speaktracker import db
from speaktracker.auth import tickets, tokens
from speaktracker.clock import now
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.socket_client import SocketClient, bearer

ON_EVERY_SERVER = True

PAGE = {"Host": "testserver", "Origin": "http://testserver"}


async def is_let_in(socket: SocketClient, person: User) -> None:
    success = await socket.hears("connection_success")
    assert success["user_email"] == person.email


async def is_refused(socket: SocketClient) -> None:
    await socket.hears("connection_error", code="INVALID_CREDENTIALS")
    assert await socket.is_closed_with() == 4401


def _sign_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


@pytest.fixture
async def cookie(tutor: User) -> dict[str, str]:
    """The session cookie of `tutor`."""
    return {"Cookie": f"sessionid={await db.write(_sign_in, tutor)}"}


async def test_a_ticket_identifies(connect: Connect, tutor: User) -> None:
    ticket = await db.write(tickets.issue, tutor)
    await is_let_in(await connect(ticket=ticket), tutor)


async def test_a_ticket_works_once(connect: Connect, tutor: User) -> None:
    ticket = await db.write(tickets.issue, tutor)
    await is_let_in(await connect(ticket=ticket), tutor)
    await is_refused(await connect(ticket=ticket))


async def test_a_ticket_is_too_old_after_30_seconds(
    connect: Connect, tutor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await db.write(tickets.issue, tutor)
    present = now
    monkeypatch.setattr(tickets, "now", lambda: present() + timedelta(seconds=31))
    await is_refused(await connect(ticket=ticket))


async def test_a_bearer_header_identifies(connect: Connect, tutor: User) -> None:
    await is_let_in(await connect(headers=bearer(tutor)), tutor)


async def test_a_subprotocol_identifies_and_is_not_selected(connect: Connect, tutor: User) -> None:
    offered = ["speaktracker.v1", f"bearer.{tokens.issue(tutor)}"]
    socket = await connect(subprotocols=offered)
    assert socket.subprotocol == "speaktracker.v1"
    await is_let_in(socket, tutor)


async def test_a_lone_bearer_subprotocol_selects_nothing(connect: Connect, tutor: User) -> None:
    socket = await connect(subprotocols=[f"bearer.{tokens.issue(tutor)}"])
    assert socket.subprotocol is None
    await is_let_in(socket, tutor)


async def test_a_query_token_identifies(connect: Connect, tutor: User) -> None:
    await is_let_in(await connect(token=tokens.issue(tutor)), tutor)


async def test_the_session_of_our_own_page_identifies(
    connect: Connect, tutor: User, cookie: dict[str, str]
) -> None:
    await is_let_in(await connect(headers={**PAGE, **cookie}), tutor)


async def test_the_session_of_an_allowed_origin_identifies(
    connect: Connect, tutor: User, cookie: dict[str, str], settings: Any
) -> None:
    settings.ALLOWED_ORIGINS = ["https://app.example.com"]
    headers = {"Host": "testserver", "Origin": "https://app.example.com", **cookie}
    await is_let_in(await connect(headers=headers), tutor)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example.com", "http://testserver:8080", "http://testserver.evil.com", "null", ""],
)
async def test_the_session_of_a_foreign_origin_is_refused(
    connect: Connect, cookie: dict[str, str], origin: str
) -> None:
    await is_refused(await connect(headers={**PAGE, "Origin": origin, **cookie}))


async def test_the_session_without_an_origin_is_refused(
    connect: Connect, cookie: dict[str, str]
) -> None:
    await is_refused(await connect(headers={"Host": "testserver", **cookie}))


async def test_a_session_ends_with_the_password(
    connect: Connect, tutor: User, cookie: dict[str, str]
) -> None:
    tutor.set_password("another-one")
    await tutor.asave()
    await is_refused(await connect(headers={**PAGE, **cookie}))


async def test_an_unknown_session_is_refused(connect: Connect, tutor: User) -> None:
    await is_refused(await connect(headers={**PAGE, "Cookie": "sessionid=unknown"}))


async def test_a_ticket_comes_before_the_header(
    connect: Connect, tutor: User, student: User
) -> None:
    ticket = await db.write(tickets.issue, student)
    await is_let_in(await connect(tutor, ticket=ticket), student)


async def test_the_header_comes_before_the_subprotocol(
    connect: Connect, tutor: User, student: User
) -> None:
    offered = ["speaktracker.v1", f"bearer.{tokens.issue(student)}"]
    await is_let_in(await connect(tutor, subprotocols=offered), tutor)


async def test_the_subprotocol_comes_before_the_query(
    connect: Connect, tutor: User, student: User
) -> None:
    offered = ["speaktracker.v1", f"bearer.{tokens.issue(tutor)}"]
    await is_let_in(await connect(subprotocols=offered, token=tokens.issue(student)), tutor)


async def test_the_query_token_comes_before_the_session(
    connect: Connect, student: User, cookie: dict[str, str]
) -> None:
    socket = await connect(headers={**PAGE, **cookie}, token=tokens.issue(student))
    await is_let_in(socket, student)


async def test_a_bad_token_is_not_made_good_by_a_later_source(
    connect: Connect, tutor: User
) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    await is_refused(await connect(headers=headers, token=tokens.issue(tutor)))


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "é\x00"])
async def test_a_token_that_is_none_is_refused(connect: Connect, tutor: User, token: str) -> None:
    await is_refused(await connect(token=token))


async def test_a_refresh_token_opens_no_socket(connect: Connect, tutor: User) -> None:
    await is_refused(await connect(token=tokens.issue(tutor, "refresh")))


async def test_an_expired_token_is_refused(connect: Connect, tutor: User, settings: Any) -> None:
    settings.ACCESS_TOKEN_LIFETIME = timedelta(seconds=-60)
    await is_refused(await connect(tutor))


async def test_nobody_is_identified_by_query_parameters_alone(
    connect: Connect, tutor: User
) -> None:
    await is_refused(await connect(user_email=tutor.email, user_type="tutor"))


async def test_nobody_is_identified_by_their_headers_alone(connect: Connect, tutor: User) -> None:
    headers = {"X-User-Email": tutor.email, "X-User-Type": "tutor"}
    await is_refused(await connect(headers=headers))


async def test_what_the_query_says_may_be_true(connect: Connect, tutor: User) -> None:
    socket = await connect(tutor, user_email=tutor.email.upper(), user_type="tutor")
    await is_let_in(socket, tutor)


async def test_what_the_headers_say_may_be_true(connect: Connect, tutor: User) -> None:
    headers = {"X-User-Email": tutor.email.title(), "X-User-Type": "tutor"}
    await is_let_in(await connect(tutor, headers=headers), tutor)


@pytest.mark.parametrize(
    "said", [{"user_email": "other@example.com"}, {"user_type": "student"}, {"user_type": ""}]
)
async def test_a_query_that_contradicts_the_identity_is_refused(
    connect: Connect, tutor: User, said: dict[str, str]
) -> None:
    await is_refused(await connect(tutor, **said))


@pytest.mark.parametrize(
    "said", [{"X-User-Email": "other@example.com"}, {"X-User-Type": "student"}]
)
async def test_a_header_that_contradicts_the_identity_is_refused(
    connect: Connect, tutor: User, said: dict[str, str]
) -> None:
    await is_refused(await connect(tutor, headers=said))


async def test_a_header_is_held_to_the_truth_beside_a_true_query(
    connect: Connect, tutor: User
) -> None:
    headers = {"X-User-Email": "other@example.com"}
    await is_refused(await connect(tutor, headers=headers, user_email=tutor.email))


async def test_a_ticket_is_held_to_what_the_client_says_too(connect: Connect, tutor: User) -> None:
    ticket = await db.write(tickets.issue, tutor)
    await is_refused(await connect(ticket=ticket, user_type="student"))


async def test_no_log_line_holds_a_token(
    connect: Connect, tutor: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    token = tokens.issue(tutor)
    for socket in (await connect(token=token), await connect(token=token + "x")):
        await socket.next()
    assert token not in caplog.text
