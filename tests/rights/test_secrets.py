"""Secrets used at every place that takes one, rightly and wrongly; the output is searched last."""

import asyncio
import re
import secrets
from typing import Any

import httpx
import pytest

from tests.rights.doors import bearer
from tests.rights.site import Calls, RightsSite

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rights")]
LINK = re.compile(r"http://speak\.example\.com(/\S*\?token=(\S+))")


def _fresh(site: RightsSite, name: str) -> str:
    return site.secrets.add(name, f"{secrets.token_urlsafe(12)}%&+ü")


async def _posts(
    site: RightsSite, calls: Calls, address: str, session: str | None = None, **form: str
) -> httpx.Response:
    token = site.secrets.add("a CSRF token", secrets.token_hex(16))
    cookies = f"csrftoken={token}" + (f"; sessionid={session}" if session else "")
    headers = {"Cookie": cookies, "X-CSRFToken": token, "Accept-Language": "en"}
    answer = await calls("POST", address, headers=headers, data=form)
    for cookie in answer.cookies.jar:
        site.secrets.add(f"the cookie {cookie.name}", cookie.value or "")
    return answer


@pytest.mark.parametrize("address", ["/login/", "/admin/login/", "/login/?next=/tutor/"])
async def test_a_wrong_and_a_right_password_on_a_form(rights: RightsSite, address: str) -> None:
    person = "super" if "admin" in address else "tutor"
    who = {"username": rights.email(person)}
    async with rights.calls() as calls:
        wrong = await _posts(rights, calls, address, **who, password=_fresh(rights, "a wrong one"))
        assert wrong.status_code in (200, 429)
        swapped = _fresh(rights, "a password in the field of the address")
        await _posts(rights, calls, address, username=swapped, password=swapped)
        right = rights.people[person]["password"]
        assert (await _posts(rights, calls, address, **who, password=right)).is_redirect


async def test_passwords_and_tokens_in_bodies_that_are_wrong(rights: RightsSite) -> None:
    refresh = rights.forged["refresh use"]
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("/api/auth/token", {"json": {"email": "a@b.c", "password": _fresh(rights, "wrong")}}),
        ("/api/auth/token", {"json": {"email": _fresh(rights, "swapped"), "password": "x"}}),
        ("/api/auth/token", {"json": {"password": [_fresh(rights, "in a list")]}}),
        ("/api/auth/token", {"content": f'{{"password": "{_fresh(rights, "not JSON")}'.encode()}),
        ("/api/auth/token", {"data": {"password": _fresh(rights, "a form")}}),
        ("/api/auth/token/refresh", {"json": {"refresh": rights.forged["forged"]}}),
        ("/api/auth/token/refresh", {"json": {"refresh": refresh + "x"}}),
        ("/api/auth/token/refresh", {"json": {"token": refresh}}),
    ]
    async with rights.calls() as calls:
        for address, body in wrong:
            options = {"headers": {"Content-Type": "application/json"}} if "content" in body else {}
            answer = await calls("POST", address, **body, **options)
            assert 400 <= answer.status_code < 500, address


@pytest.mark.parametrize("where", ["/nonsense", "/api/nonsense", "/login/", "/ws/", "/%ff", "/%00"])
async def test_a_token_in_an_address(rights: RightsSite, where: str) -> None:
    token = rights.people["tutor"]["access"]
    async with rights.calls() as calls:
        for name in ("token", "ticket", "password", "access"):
            address = f"{where}?{name}={token}"
            answer = await calls("GET", address, headers={"Referer": f"http://x.test{address}"})
            assert answer.status_code < 500
        path = await calls("GET", f"/nonsense/{token}", headers=bearer(token))
        assert path.status_code == 404


async def test_a_host_that_is_not_ours(rights: RightsSite) -> None:
    token = rights.people["tutor"]["access"]
    async with rights.calls() as calls:
        headers = {**bearer(token), "Host": "elsewhere.example.com"}
        answer = await calls("GET", f"/login/?token={token}", headers=headers)
    assert answer.status_code == 400


async def test_staff_give_a_password(rights: RightsSite) -> None:
    session = rights.people["super"]["spare"][2]  # its key changes when a password is given
    page = f"/admin/roster/user/{rights.people['twin-tutor']['id']}/password/"
    new = _fresh(rights, "a password that staff gave")
    form = {"usable_password": "true", "password1": new, "password2": new}
    made = {"email": "made@rights.example.com", "name": "made", "user_type": "student"}
    async with rights.calls() as calls:
        added = await _posts(rights, calls, "/admin/roster/user/add/", session, **made, **form)
        assert added.is_redirect
        unlike = {**form, "password2": _fresh(rights, "unlike")}
        assert (await _posts(rights, calls, page, session, **unlike)).status_code == 200
        assert (await _posts(rights, calls, page, session, **form)).is_redirect
    rights.people["made"] = {"id": 0}


async def test_a_forgotten_password_is_chosen_anew(rights: RightsSite) -> None:
    who = rights.email("forgets")
    async with rights.calls() as calls:
        asked = await _posts(rights, calls, "/password/forgotten/", email=who)
        assert asked.is_redirect
        assert await asyncio.to_thread(rights.mailboxes.came.wait, 30)
        found = LINK.search(rights.mailboxes.letters[-1].get_content())
        assert found
        rights.secrets.add("a reset link", found[2])
        begun = await calls("GET", found[1])
        session = rights.secrets.add("a session", begun.cookies["sessionid"])
        new = _fresh(rights, "a chosen password")
        form = {"new_password1": new, "new_password2": new}
        chosen = await _posts(rights, calls, "/password/new/", session, **form)
        assert chosen.is_redirect
        again = await calls("GET", found[1])
        assert again.status_code == 410


async def test_one_s_own_password_is_changed(rights: RightsSite) -> None:
    me = rights.people["changes"]
    new = _fresh(rights, "a changed password")
    form = {"new_password1": new, "new_password2": new}
    async with rights.calls() as calls:
        wrong = {**form, "old_password": _fresh(rights, "not the old one")}
        assert (await _posts(rights, calls, "/password/", me["spare"][2], **wrong)).is_success
        right = {**form, "old_password": me["password"]}
        assert (await _posts(rights, calls, "/password/", me["spare"][2], **right)).is_redirect


async def test_codes_are_printed_and_one_is_used(rights: RightsSite) -> None:
    session = rights.people["super"]["spare"][3]
    chosen = str(rights.people["uses-code"]["id"])
    asked = {"action": "print_codes", "_selected_action": chosen, "index": "0", "confirmed": "1"}
    async with rights.calls() as calls:
        sheet = await _posts(rights, calls, "/admin/roster/user/", session, **asked)
        codes = set(re.findall(r"\b[A-Z0-9]{3,5}(?:[- ][A-Z0-9]{3,5})+\b", sheet.text))
        assert codes, sheet.text
        for code in codes:
            rights.secrets.add("a code on paper", code)
            rights.secrets.add("a code on paper", re.sub("[- ]", "", code))
        used = await _posts(
            rights, calls, "/first/", username=rights.email("uses-code"), code=min(codes)
        )
        assert used.is_redirect
