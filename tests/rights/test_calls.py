"""Every call of the API by every caller."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from speaktracker.school_days import today
from tests.rights.callers import CALLERS, Caller, callers, fresh
from tests.rights.knowledge import strangers_in
from tests.rights.routes import api_calls
from tests.rights.site import Calls, RightsSite
from tests.rights.tables import SHARES, Verdict, placed, read

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rights")]
TABLE = read("calls")
CODES = {
    "400": "INVALID_MESSAGE",
    "401": "INVALID_CREDENTIALS",
    "403": "FORBIDDEN",
    "404": "NOT_FOUND",
    "405": "METHOD_NOT_ALLOWED",
}
DOCUMENTS = ("/api/schema", "/api/docs", "/api/asyncapi.json")
TO = {
    "to the student": "student",
    "to the other's": "other-student",
    "to nobody's": "lone-student",
    "to no one": "no-one",
    "unreadable": "student",
}

OF = {
    "of the student": "student",
    "of the other's": "other-student",
    "of nobody's": "lone-student",
    "of no one": "no-one",
}

OWNER = {"the tutor's": "tutor", "the other's": "other-tutor"}


def test_every_call_has_its_place() -> None:
    plain = {row.partition(" #")[0] for row in TABLE.rows if not row.endswith("#unknown")}
    table = type(TABLE)(TABLE.columns, {row: {} for row in plain})
    placed(table, api_calls(), "calls")


@SHARES
@pytest.mark.parametrize("name", CALLERS.rows)
async def test_each_call_answers(
    rights: RightsSite, watchers: object, name: str, share: str
) -> None:
    caller = callers(rights)[name]
    verdict = Verdict(name)
    await rights.settled()  # some calls are for those in class
    async with rights.calls() as calls:

        async def ask(row: str, slash: str) -> None:
            column, who = caller.column("calls"), caller
            if "sign-out" in row:
                who = await fresh(rights, calls, caller, column)
            answer = await _called(rights, calls, who, row, slash)
            expected = TABLE.cell(row, column)
            verdict.expect(row + slash, expected, _shown(answer, expected))
            strangers = strangers_in(rights, who.person(rights), answer.text)
            verdict.expect(f"{row}{slash} shows", "nobody else", strangers)

        cells = list(_cells(caller, share))
        await asyncio.gather(*(ask(*cell) for cell in cells if "sign-out" not in cell[0]))
        for cell in cells:
            if "sign-out" in cell[0]:  # each ends what the one before it stood on
                await ask(*cell)
    verdict.settle()


def _cells(caller: Caller, share: str) -> Iterator[tuple[str, str]]:
    """List rows with and without a trailing slash, by turns.

    The first caller of a column asks for every row. The others need not ask for what is public,
    and of the rest `share` is "all", or "some": a fifth, another one for another caller.
    """
    names, column = list(CALLERS.rows), caller.column("calls")
    number = names.index(caller.name)
    first = next(name for name in names if CALLERS.cell(name, "calls") == column)
    for place, row in enumerate(TABLE.rows):
        public, turn = row.split()[1].startswith(DOCUMENTS), (number + place) % 5 == 0
        if caller.name == first or (not public and (share == "all" or turn)):
            yield row, ("", "/")[(number + place) % 2]


async def _called(
    site: RightsSite, calls: Calls, caller: Caller, row: str, slash: str
) -> httpx.Response:
    call, _, variant = row.partition(" #")
    method, address = call.split()
    address += slash
    if variant in OF and method == "GET":
        address += f"?student_email={OF[variant]}@rights.example.com"
    if variant == "before another's":
        address += f"?before={uuid4()}"
    if "sentences" in address and variant == "the other's":
        wanted = (
            "SELECT sentence_list_id FROM realtime_sentenceassignment WHERE given_to = 'student'"
        )
        address += f"?list={site.database.rows(wanted)[0][0]}"
    address = address.replace("<int:reply_id>", _reply_of(site, OWNER.get(variant)))
    address = address.replace("<int:loan_id>", _loan_of(site, OWNER.get(variant)))
    options: dict[str, Any] = {"headers": {**caller.http(site, port := calls.port())}}
    options["headers"]["Accept-Language"] = "en"
    if method in ("POST", "PATCH"):
        options["json"] = await _body(site, calls, address, variant, caller)
    return await calls(method, address, port=port, **options)


def _reply_of(site: RightsSite, owner: str | None) -> str:
    if owner is None:
        return "999999"
    tutor = site.people[owner]["id"]
    wanted = f"SELECT id FROM feedback_ownquickreply WHERE tutor_id = {tutor} LIMIT 1"
    return str(site.database.rows(wanted)[0][0])


def _loan_of(site: RightsSite, owner: str | None) -> str:
    """Name a loan that a tutor gives for some later day, which may be ended in a test."""
    wanted = "SELECT id FROM roster_loan WHERE first_day > CURRENT_DATE + 1 AND extent = 'all'"
    return str(site.database.rows(wanted)[0][0]) if owner else "999999"


async def _body(
    site: RightsSite, calls: Calls, address: str, variant: str, caller: Caller
) -> dict[str, Any]:
    spare = {
        "email": "twin-student@rights.example.com",
        "password": site.people["twin-student"]["password"],
    }
    if "refresh" in address:
        answer = await calls("POST", "/api/auth/token", json=spare)
        signed_in = answer.raise_for_status().json()
        site.secrets.add_all("signing in", signed_in)
        return {"refresh": signed_in["refresh"]}
    if "auth/token" in address:
        return spare
    if "quick-replies" in address:
        return {"text": "Once more"}
    if variant in OF:
        return _about(site, address, site.email(OF[variant]))
    if variant in TO:
        row = f"POST /api/tutor/feedback #{variant}"
        may = TABLE.cell(row, caller.column("calls")) == "gave"
        return {
            "student_email": f"{TO[variant]}@rights.example.com",
            "session_id": "s1",
            "message": "" if variant == "unreadable" else f"{'may' if may else 'must not'}",
            "message_type": "text",
        }
    return {}


def _about(site: RightsSite, address: str, student_email: str) -> dict[str, Any]:
    if "loans" not in address:
        return {"student_email": student_email}
    later = (today() + timedelta(days=100)).isoformat()
    return {
        "substitute_email": site.email("tutor-before"),
        **dict.fromkeys(("first_day", "last_day"), later),
        "extent": "some",
        "student_emails": [student_email],
    }


def _shown(answer: httpx.Response, expected: str) -> str:
    status = str(answer.status_code)
    if answer.is_success:
        return "gave" if expected == "gave" and status in ("201", "202") else status
    if answer.headers.get("Content-Type") != "application/json":
        return f"{status} not in JSON"
    code = answer.json().get("code")
    fields = status == "400" and code is None
    if status in CODES and code != CODES[status] and not fields:
        return f"{status} {code}"
    if status == "401" and not answer.headers.get("WWW-Authenticate", "").startswith("Bearer"):
        return "401 without WWW-Authenticate"
    return status
