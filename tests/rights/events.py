"""What ends identities, done to a person by each way in which it happens."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.rights.callers import Caller
from tests.rights.credentials_kit import CredentialsKit
from tests.rights.doors import bearer
from tests.rights.site import Calls, RightsSite

Event = Callable[[RightsSite, Calls, CredentialsKit], Awaitable[object]]
NEW = "another-Passw0rd"


async def posts(
    site: RightsSite, calls: Calls, address: str, session: str, **form: Any
) -> httpx.Response:
    """Send a form with a session; what it asks for must be done."""
    port = calls.port()
    headers = Caller("form", session=session).http(site, port)
    answer = await calls("POST", address, port=port, headers=headers, data=form)
    assert answer.is_redirect, f"{address}: {answer.status_code}"
    return answer


async def calls_as(calls: Calls, kit: CredentialsKit, address: str, **body: Any) -> httpx.Response:
    """Call the API with the person's access token."""
    return await calls("POST", address, headers=bearer(kit.access), json=body)


async def acts(site: RightsSite, calls: Calls, kit: CredentialsKit, action: str) -> None:
    """Have a member of staff choose an action for the person in the admin's list."""
    form = {"action": action, "_selected_action": str(kit.person_id), "index": "0"}
    await posts(site, calls, "/admin/roster/user/", site.staff_session(), **form)


def page_of(kit: CredentialsKit, what: str) -> str:
    """Return the address of a page of the admin about the person."""
    return f"/admin/roster/user/{kit.person_id}/{what}/"


def in_sql(assignment: str) -> Event:
    """Change the person's row past every process."""

    async def change(site: RightsSite, _calls: Calls, kit: CredentialsKit) -> None:
        site.sql(f"UPDATE roster_user SET {assignment} WHERE id = {kit.person_id}")

    return change


def by_command(code: str) -> Event:
    """Run code on the person's model in a process of its own."""

    async def run(site: RightsSite, _calls: Calls, kit: CredentialsKit) -> None:
        found = (
            f"from speaktracker.roster.models import User; u = User.objects.get({kit.person_id=})"
        )
        found = found.replace("kit.person_id", "pk")
        await asyncio.to_thread(site.shell.manage, "shell", "-c", f"{found}; {code}")

    return run


async def password_on_own_page(site: RightsSite, calls: Calls, kit: CredentialsKit) -> None:
    new = {"new_password1": NEW, "new_password2": NEW}
    await posts(site, calls, "/password/", kit.spare, old_password=kit.password, **new)


async def password_by_staff(site: RightsSite, calls: Calls, kit: CredentialsKit) -> None:
    form = {"usable_password": "true", "password1": NEW, "password2": NEW}
    await posts(site, calls, page_of(kit, "password"), site.staff_session(), **form)


async def refresh_twice(_site: RightsSite, calls: Calls, kit: CredentialsKit) -> None:
    used = kit.refresh
    answer = (await calls_as(calls, kit, "/api/auth/token/refresh", refresh=used)).json()
    kit.refresh = answer["refresh"]
    again = await calls_as(calls, kit, "/api/auth/token/refresh", refresh=used)
    assert again.status_code == 401


def of_sessions(statement: str) -> Event:
    """Change the rows of the person's session past every process."""

    async def change(site: RightsSite, _calls: Calls, kit: CredentialsKit) -> None:
        site.sql(f"{statement} WHERE session_key = '{kit.session}'")

    return change


EVENTS: dict[str, Event] = {
    "password, on one's own page": password_on_own_page,
    "password, by staff": password_by_staff,
    "password, in SQL": in_sql("password = 'md5$another$one'"),
    "password, by a command": by_command("u.set_password('another-Passw0rd'); u.save()"),
    "signed out everywhere, page": lambda site, calls, kit: posts(
        site, calls, "/logout/everywhere/", kit.spare
    ),
    "signed out everywhere, API": lambda _, calls, kit: calls_as(
        calls, kit, "/api/auth/sign-out-everywhere"
    ),
    "signed out everywhere, staff": lambda site, calls, kit: acts(
        site, calls, kit, "sign_out_everywhere"
    ),
    "deactivated, by staff": lambda site, calls, kit: acts(site, calls, kit, "deactivate"),
    "deactivated, in SQL": in_sql("is_active = false"),
    "deactivated, by a command": by_command("u.is_active = False; u.save()"),
    "another role, in SQL": in_sql("user_type = 'student'"),
    "no role any more, in SQL": in_sql("user_type = NULL"),
    "deleted, by staff": lambda site, calls, kit: posts(
        site, calls, page_of(kit, "delete"), site.staff_session(), post="yes"
    ),
    "deleted, by a command": by_command("u.delete()"),
    "signed out, page": lambda site, calls, kit: posts(site, calls, "/logout/", kit.session),
    "sessions deleted, in SQL": of_sessions("DELETE FROM django_session"),
    "sessions cut short, in SQL": of_sessions("UPDATE django_session SET expire_date = now()"),
    "sign-in ended, API": lambda _, calls, kit: calls_as(calls, kit, "/api/auth/sign-out"),
    "refresh token used twice": refresh_twice,
}
