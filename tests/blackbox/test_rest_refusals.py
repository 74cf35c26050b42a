"""What the API refuses, how, and what it publishes about itself."""

from typing import Any

import pytest

from tests.blackbox.classroom import Classroom, Pair

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-rest")]

GIVE = "/api/tutor/feedback"
CALLS = [
    ("POST", GIVE),
    ("GET", GIVE),
    ("GET", "/api/student/feedback"),
    ("GET", "/api/tutor/students"),
    ("POST", "/api/realtime/ticket"),
]
GOOD = {"session_id": "s1", "message": "Good", "message_type": "text"}


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_nobody_and_a_bad_token_are_401(
    room: Classroom, method: str, path: str, slash: str
) -> None:
    for headers in ({}, {"Authorization": "Bearer a.b.c"}, {"Authorization": "Bearer"}):
        answer = await room.http(**headers).request(method, path + slash)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["detail"]


async def test_each_role_has_its_own_calls(room: Classroom, pair: Pair) -> None:
    student, tutor = room.http(pair.student), room.http(pair.tutor)
    body = {"student_email": pair.second, **GOOD}
    assert (await student.post(GIVE, json=body)).status_code == 403
    assert (await student.get(GIVE)).status_code == 403
    assert (await student.get("/api/tutor/students")).status_code == 403
    assert (await tutor.get("/api/student/feedback")).status_code == 403


async def test_a_strangers_student_and_nobody_are_the_same_403(room: Classroom, pair: Pair) -> None:
    client = room.http(pair.tutor)
    other = room.site.pair()
    answers = [
        await client.post(GIVE, json={"student_email": email, **GOOD})
        for email in (other.student, "nobody@example.com", pair.tutor, "admin@example.com")
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"message": ""}, {"message"}),
        ({"message": " \n "}, {"message"}),
        ({"message": "\x00\x07"}, {"message"}),
        ({"message": "x" * 2001}, {"message"}),
        ({"message": None}, {"message"}),
        ({"message": 5}, {"message"}),
        ({"message": ["x"]}, {"message"}),
        ({"message_type": "video"}, {"message_type"}),
        ({"message_type": "tts"}, {"audio_url"}),
        ({"message_type": "tts", "audio_url": "http://audio.example.com/a"}, {"audio_url"}),
        ({"message_type": "tts", "audio_url": "https://evil.example.com/a"}, {"audio_url"}),
        (
            {"message_type": "tts", "audio_url": "https://audio.example.com@evil.example.com/a"},
            {"audio_url"},
        ),
        ({"audio_url": "https://audio.example.com/a"}, {"audio_url"}),
        ({"session_id": ""}, {"session_id"}),
        ({"session_id": "x" * 129}, {"session_id"}),
        ({"student_email": "nonsense"}, {"student_email"}),
        ({"colour": "red"}, {"colour"}),
        (
            {"session_id": "", "message": "", "message_type": ""},
            {"session_id", "message", "message_type"},
        ),
    ],
)
async def test_a_bad_body_is_400_with_each_fields_error(
    room: Classroom, pair: Pair, fields: dict[str, Any], wrong: set[str]
) -> None:
    body = {"student_email": pair.student, **GOOD, **fields}
    answer = await room.http(pair.tutor).post(GIVE, json=body)
    assert answer.status_code == 400
    assert wrong <= answer.json().keys()
    assert all(isinstance(answer.json()[field][0], str) for field in wrong)


async def test_missing_fields_are_named(room: Classroom, pair: Pair) -> None:
    answer = await room.http(pair.tutor).post(GIVE, json={})
    assert answer.status_code == 400
    assert {"student_email", "session_id", "message", "message_type"} <= answer.json().keys()


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b'"x"', b"[" * 5000])
async def test_what_is_no_json_object_is_400(room: Classroom, pair: Pair, raw: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await room.http(pair.tutor, **headers).post(GIVE, content=raw)
    assert answer.status_code == 400


async def test_the_longest_message_is_taken(room: Classroom, pair: Pair) -> None:
    assert (await room.gives(pair, "발" * 2000)).status_code == 202


@pytest.mark.parametrize("path", ["/api/auth/token", "/api/auth/token/"])
async def test_address_and_password_become_tokens(room: Classroom, pair: Pair, path: str) -> None:
    good = {"email": pair.student.upper(), "password": "demo-password"}
    tokens = (await room.http().post(path, json=good)).json()
    refreshed = await room.http().post(
        path.replace("token", "token/refresh", 1), json={"refresh": tokens["refresh"]}
    )
    for access in (tokens["access"], refreshed.json()["access"]):
        client = room.http(Authorization=f"Bearer {access}")
        assert (await client.get("/api/student/feedback")).status_code == 200
    for body in ({**good, "password": "wrong"}, {**good, "email": "nobody@example.com"}):
        assert (await room.http().post(path, json=body)).status_code == 401


async def test_a_refresh_token_is_no_access_token(room: Classroom, pair: Pair) -> None:
    good = {"email": pair.student, "password": "demo-password"}
    tokens = (await room.http().post("/api/auth/token", json=good)).json()
    client = room.http(Authorization=f"Bearer {tokens['refresh']}")
    assert (await client.get("/api/student/feedback")).status_code == 401
    swapped = await room.http().post("/api/auth/token/refresh", json={"refresh": tokens["access"]})
    assert swapped.status_code == 401


async def test_the_last_line_of_issue_token_is_a_token(room: Classroom, pair: Pair) -> None:
    token = room.server.manage("issue_token", pair.tutor.upper()).splitlines()[-1]
    client = room.http(Authorization=f"Bearer {token}")
    assert (await client.get("/api/tutor/students")).status_code == 200


@pytest.mark.parametrize("slash", ["", "/"])
async def test_the_api_and_the_socket_are_described(room: Classroom, slash: str) -> None:
    client = room.http()
    schema = await client.get(f"/api/schema{slash}", headers={"Accept": "application/json"})
    assert schema.status_code == 200
    paths = " ".join(schema.json()["paths"])
    for _method, path in [*CALLS, ("POST", "/api/auth/token"), ("POST", "/api/auth/token/refresh")]:
        assert path in paths
    asyncapi = (await client.get(f"/api/asyncapi.json{slash}")).raise_for_status().json()
    assert asyncapi["asyncapi"].startswith("3.")
    said = str(asyncapi)
    for name in ("connection_success", "student_joined", "feedback_ack", "IDLE_TIMEOUT", "4499"):
        assert name in said


@pytest.mark.parametrize("slash", ["", "/"])
async def test_the_docs_load_nothing_from_elsewhere(room: Classroom, slash: str) -> None:
    page = (await room.http().get(f"/api/docs{slash}")).raise_for_status().text
    sources = [part.split('"')[0] for part in page.replace("'", '"').split('src="')[1:]]
    assert sources
    for source in sources:
        assert source.startswith("/")
        assert (await room.http().get(source)).status_code == 200
    assert "cdn" not in page.lower()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_probes_answer(room: Classroom, path: str) -> None:
    for address in (path, f"{path}/"):
        assert (await room.http().get(address)).status_code == 200
