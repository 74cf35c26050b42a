"""Staff who may edit people reach no rights that are not theirs, through nobody's account."""

import secrets
from typing import Any

import httpx
import pytest

from tests.blackbox.web import Form
from tests.rights.callers import Caller
from tests.rights.site import Calls, RightsSite
from tests.rights.test_admin import staff

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rights")]
EDITOR = "roster.user"
RIGHTS = (
    "SELECT email, is_superuser, (SELECT count(*) FROM roster_user_user_permissions p"
    " WHERE p.user_id = u.id), (SELECT count(*) FROM roster_user_groups g WHERE g.user_id = u.id)"
    " FROM roster_user u ORDER BY email"
)


async def _sends(
    site: RightsSite, calls: Calls, caller: Caller, address: str, form: dict[str, Any]
) -> httpx.Response:
    headers = caller.http(site, port := calls.port())
    return await calls("POST", address, port=port, headers=headers, data=form)


@pytest.mark.parametrize("who", ["twin-student", "staff-roster-user", "staff-none"])
async def test_a_form_with_more_than_it_offers_gives_no_rights(
    rights: RightsSite, who: str
) -> None:
    editor = staff(rights, EDITOR)
    address = f"/admin/roster/user/{rights.people[who]['id']}/change/"
    before = rights.database.rows(RIGHTS)
    async with rights.calls() as calls:
        page = await calls("GET", address, headers=editor.http(rights, rights.ports[0]))
        more = {"is_superuser": "on", "groups": ["1"], "user_permissions": ["1", "2", "3"]}
        form = {**Form(page.text, "name").values, **more}
        del form["csrfmiddlewaretoken"]  # the header has the one of this call
        answer = await _sends(rights, calls, editor, address, form)
    assert answer.is_redirect
    assert rights.database.rows(RIGHTS) == before


async def test_a_new_person_is_given_none_either(rights: RightsSite) -> None:
    word = rights.secrets.add("a password that staff gave", secrets.token_urlsafe(12))
    made = {"email": "new@rights.example.com", "name": "new", "user_type": "student"}
    form = {**made, "usable_password": "true", "password1": word, "password2": word}
    async with rights.calls() as calls:
        answer = await _sends(
            rights,
            calls,
            staff(rights, EDITOR),
            "/admin/roster/user/add/",
            {**form, "is_superuser": "on", "is_staff": "on", "user_permissions": ["1"]},
        )
    assert answer.is_redirect
    found = [row for row in rights.database.rows(RIGHTS) if row[0] == made["email"]]
    assert found == [(made["email"], False, 0, 0)]


@pytest.mark.parametrize("action", ["print_codes", "invite", "deactivate", "sign_out_everywhere"])
@pytest.mark.parametrize("whose", ["leaver-super", "staff-view"])
async def test_no_action_reaches_who_may_do_more(
    rights: RightsSite, action: str, whose: str
) -> None:
    chosen = str(rights.people[whose]["id"])
    form = {"action": action, "_selected_action": chosen, "index": "0", "confirmed": "1"}
    query = "SELECT is_active, password, credentials_version FROM roster_user WHERE id = "
    before = rights.database.rows(query + chosen)
    async with rights.calls() as calls:
        answer = await _sends(rights, calls, staff(rights, EDITOR), "/admin/roster/user/", form)
    assert answer.is_redirect
    assert rights.database.rows(query + chosen) == before
    assert not rights.mailboxes.to() or rights.email(whose) not in rights.mailboxes.to()
