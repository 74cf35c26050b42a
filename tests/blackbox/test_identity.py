"""Who a socket belongs to: five ways to say it, and what happens when it is not true."""

import asyncio

import pytest

from tests.blackbox.classroom import Classroom, Pair
from tests.blackbox.sockets import Socket
from tests.blackbox.web import signs_in

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-identity")]


async def _stands(socket: Socket, email: str) -> None:
    assert (await socket.next())["user_email"] == email
    assert socket.heard[0]["type"] == "connection_success"


async def _refused(socket: Socket, code: str, close_code: int) -> str:
    assert await socket.is_closed_with() == close_code
    (error,) = socket.heard
    assert (error["type"], error["code"]) == ("connection_error", code)
    return str(error["message"])


async def _ticket(room: Classroom, email: str) -> str:
    answer = (await room.http(email).post("/api/realtime/ticket")).json()
    assert answer == {"ticket": answer["ticket"], "expires_in": 30}
    return str(answer["ticket"])


async def _cookie(room: Classroom, email: str) -> dict[str, str]:
    client = await signs_in(room, email)
    return {"Cookie": f"sessionid={client.cookies['sessionid']}"}


@pytest.mark.parametrize("path", ["/ws/", "/ws"])
async def test_a_token_in_the_header_opens_both_paths(
    room: Classroom, pair: Pair, path: str
) -> None:
    await _stands(await room.knocks(pair.student, path=path), pair.student)
    await _stands(await room.knocks(pair.tutor, path=path), pair.tutor)


async def test_a_success_names_who_where_and_whose(room: Classroom, pair: Pair) -> None:
    student = await (await room.knocks(pair.student)).next()
    tutor = await (await room.knocks(pair.tutor)).next()
    assert (student["user_type"], student["tutor_email"]) == ("student", pair.tutor)
    assert tutor["user_type"] == "tutor"
    assert student["connection_id"] != tutor["connection_id"]


async def test_a_token_in_a_subprotocol_selects_the_other_one(room: Classroom, pair: Pair) -> None:
    token = room.site.tokens[pair.student]
    socket = await room.opens(subprotocols=["speaktracker.v1", f"bearer.{token}"])
    await _stands(socket, pair.student)
    assert socket.connection.subprotocol == "speaktracker.v1"


async def test_a_token_in_the_query(room: Classroom, pair: Pair) -> None:
    await _stands(await room.opens(query={"token": room.site.tokens[pair.student]}), pair.student)


async def test_a_ticket_opens_one_socket(room: Classroom, pair: Pair) -> None:
    ticket = await _ticket(room, pair.student)
    await _stands(await room.opens(query={"ticket": ticket}), pair.student)
    again = await room.opens(query={"ticket": ticket})
    await _refused(again, "INVALID_CREDENTIALS", 4401)


async def test_of_many_who_race_with_one_ticket_one_wins(room: Classroom, pair: Pair) -> None:
    ticket = await _ticket(room, pair.student)
    sockets = await asyncio.gather(*(room.opens(query={"ticket": ticket}) for _ in range(5)))
    firsts = await asyncio.gather(*(socket.next() for socket in sockets))
    assert sorted(first["type"] for first in firsts) == [
        *["connection_error"] * 4,
        "connection_success",
    ]


async def test_a_ticket_comes_before_a_token(room: Classroom, pair: Pair) -> None:
    ticket = await _ticket(room, pair.tutor)
    await _stands(await room.knocks(pair.student, query={"ticket": ticket}), pair.tutor)
    bad = await room.knocks(pair.student, query={"ticket": "no-such-ticket"})
    await _refused(bad, "INVALID_CREDENTIALS", 4401)


async def test_a_header_comes_before_a_subprotocol_and_a_query(room: Classroom, pair: Pair) -> None:
    other = room.site.tokens[pair.tutor]
    socket = await room.knocks(
        pair.student,
        query={"token": other},
        subprotocols=["speaktracker.v1", f"bearer.{other}"],
    )
    await _stands(socket, pair.student)


async def test_a_session_cookie_of_our_own_page(room: Classroom, pair: Pair) -> None:
    cookie = await _cookie(room, pair.student)
    await _stands(await room.opens(headers=cookie, origin=room.server.url), pair.student)


@pytest.mark.parametrize(
    "origin", ["https://evil.example.com", "http://127.0.0.1:1", "null", "http://localhost", None]
)
async def test_a_session_cookie_from_another_origin_is_nobody(
    room: Classroom, pair: Pair, origin: str | None
) -> None:
    cookie = await _cookie(room, pair.student)
    await _refused(await room.opens(headers=cookie, origin=origin), "INVALID_CREDENTIALS", 4401)


async def test_a_session_that_signed_out_is_nobody(room: Classroom, pair: Pair) -> None:
    client = await signs_in(room, pair.student)
    cookie = {"Cookie": f"sessionid={client.cookies['sessionid']}"}
    page = await client.get("/student/")
    assert page.status_code == 200
    csrf = {"X-CSRFToken": client.cookies["csrftoken"], "Referer": room.server.url}
    assert (await client.post("/logout/", headers=csrf)).status_code == 302
    socket = await room.opens(headers=cookie, origin=room.server.url)
    await _refused(socket, "INVALID_CREDENTIALS", 4401)


async def test_a_token_needs_no_origin_and_fears_none(room: Classroom, pair: Pair) -> None:
    socket = await room.knocks(pair.student, origin="https://evil.example.com")
    await _stands(socket, pair.student)


@pytest.mark.parametrize("how", ["query", "headers"])
async def test_what_a_client_says_of_itself_may_be_true(
    room: Classroom, pair: Pair, how: str
) -> None:
    said = _said(how, pair.student.upper(), "student")
    await _stands(await room.knocks(pair.student, **said), pair.student)


@pytest.mark.parametrize("how", ["query", "headers"])
@pytest.mark.parametrize("wrong", ["email", "type"])
async def test_what_a_client_says_of_itself_must_be_true(
    room: Classroom, pair: Pair, how: str, wrong: str
) -> None:
    email = pair.second if wrong == "email" else pair.student
    said = _said(how, email, "tutor" if wrong == "type" else "student")
    await _refused(await room.knocks(pair.student, **said), "INVALID_CREDENTIALS", 4401)


async def test_nobody_is_identified_by_the_query_alone(room: Classroom, pair: Pair) -> None:
    for how in ("query", "headers"):
        said = _said(how, pair.student, "student")
        socket = await room.opens(query=said.get("query"), headers=said.get("headers"))
        await _refused(socket, "INVALID_CREDENTIALS", 4401)


def _said(how: str, email: str, user_type: str) -> dict[str, dict[str, str]]:
    if how == "query":
        return {"query": {"user_email": email, "user_type": user_type}}
    return {"headers": {"X-User-Email": email, "X-User-Type": user_type}}


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ey.ey.ey", "{token}x", "발음"])
async def test_a_bad_token_is_refused(room: Classroom, pair: Pair, token: str) -> None:
    token = token.format(token=room.site.tokens[pair.student])
    await _refused(await room.opens(query={"token": token}), "INVALID_CREDENTIALS", 4401)


async def test_a_refresh_token_opens_no_socket(room: Classroom, pair: Pair) -> None:
    credentials = {"email": pair.student, "password": "demo-password"}
    tokens = (await room.http().post("/api/auth/token", json=credentials)).json()
    await _stands(await room.opens(query={"token": tokens["access"]}), pair.student)
    socket = await room.opens(query={"token": tokens["refresh"]})
    await _refused(socket, "INVALID_CREDENTIALS", 4401)


async def test_refusals_speak_korean_first_and_english_when_asked(room: Classroom) -> None:
    korean = "사용자 정보를 확인할 수 없습니다"
    assert await _refused(await room.opens(), "INVALID_CREDENTIALS", 4401) == korean
    by_query = await room.opens(query={"lang": "en"})
    by_header = await room.opens(headers={"Accept-Language": "en-GB,en;q=0.9,ko;q=0.5"})
    english = await _refused(by_query, "INVALID_CREDENTIALS", 4401)
    assert english.isascii()
    assert await _refused(by_header, "INVALID_CREDENTIALS", 4401) == english
    asked = await room.opens(query={"lang": "ko"}, headers={"Accept-Language": "en"})
    assert await _refused(asked, "INVALID_CREDENTIALS", 4401) == korean


async def test_an_admin_without_a_type_has_no_socket(room: Classroom) -> None:
    await _refused(await room.knocks("admin@example.com"), "FORBIDDEN", 4403)


async def test_a_student_nobody_teaches_is_told(room: Classroom, pair: Pair) -> None:
    room.site.shell(
        "from speaktracker.roster.models import TutorStudent as T;"
        f"T.objects.filter(student__email='{pair.student}').delete()"
    )
    await _refused(await room.knocks(pair.student), "TUTOR_NOT_FOUND", 4404)


@pytest.mark.parametrize("path", ["/", "/wss/", "/ws/x", "/api/", "/ws//"])
async def test_another_path_is_a_bad_request(room: Classroom, path: str) -> None:
    socket = await room.opens(path=path)
    assert await socket.is_closed_with() == 4400
    assert socket.heard == []
