"""Every page and action of the admin by staff with every kind of right, and by everybody else."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

import pytest
from django.contrib import admin

from tests.rights.callers import CALLERS, Caller, callers
from tests.rights.conftest import Watcher
from tests.rights.routes import actions, admin_pages, model_at
from tests.rights.site import Calls, RightsSite
from tests.rights.tables import SHARES, Table, Verdict, placed, read
from tests.rights.test_pages import BROWSERS, expected_of, opened, shown
from tests.roster.staff_groups import GROUPS

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rights")]
TABLE = read("admin")
ACTIONS = read("actions")
LOGIN = ">/admin/login/"
ASKS_FIRST = ("invite", "invite_students", "print_codes", "print_students_codes")
ABOVE = re.compile("<(super|group)>")
KINDS = ("none", "view", "add", "change", "delete")
MODELS = [model._meta.label_lower for model in admin.site._registry]
STAFF = [*KINDS, *MODELS]
MEMBERS = {name.replace(" ", "-").lower(): rights for name, rights in GROUPS.items()}
OTHERS = [name for name in BROWSERS if CALLERS.cell(name, "pages") not in ("staff", "super")]
UNPROVEN = ("session of super, no proof", "session of super, elsewhere")


@pytest.fixture(scope="session")
def rows(rights: RightsSite, watchers: dict[str, Watcher]) -> dict[str, str]:
    """The key of one row of each model in the admin."""
    found = {}
    watchers["connected"].is_journalled(rights)
    for model in admin.site._registry:
        meta = model._meta
        key, table = meta.pk.column, meta.db_table
        where = {
            "roster.user": f"WHERE email = '{rights.email('twin-student')}'",
            # Those that stay for the whole run.
            "auth.group": "WHERE name = 'without rights'",
            "realtime.connection": f"WHERE user_email = '{rights.email('connected')}'",
            "realtime.serverlease": f"WHERE pid = {rights.cluster.nodes[0].pid}",
        }.get(meta.label_lower, "")
        keys = rights.database.rows(f'SELECT {key} FROM "{table}" {where} ORDER BY 1 LIMIT 1')
        assert keys, f"make a row of {meta.label} in tests/rights/seed.py"
        found[meta.label_lower] = str(keys[0][0])
    above = rights.database.rows("SELECT id FROM auth_group WHERE name = 'School staff'")
    return {**found, "a group": str(above[0][0])}


def test_every_page_of_the_admin_has_its_place() -> None:
    plain = {row.partition(" #")[0] for row in TABLE.rows if ABOVE.search(row) is None}
    placed(Table(TABLE.columns, {row: {} for row in plain}), admin_pages(), "pages")


def test_every_action_of_the_admin_has_its_place() -> None:
    plain = {row.partition(" #")[0] for row in ACTIONS.rows}
    placed(Table(ACTIONS.columns, {row: {} for row in plain}), actions(), "actions")


def thinned(cells: Mapping[str, str], person: str, share: str) -> dict[str, str]:
    """Of rows that stand closed to a person take a fifth, another one for another person."""
    turn = sum(map(ord, person))
    return {
        row: column
        for place, (row, column) in enumerate(cells.items())
        if share == "all" or column not in ("none", "others") or (place + turn) % 5 == 0
    }


def columns(person: str) -> Iterator[tuple[str, str]]:
    """Say for each page in which column it stands for a member of staff."""
    for row in TABLE.rows:
        address = row.partition(" #")[0]
        model = model_at(address)
        label = model._meta.label_lower if model else address.split("/")[2]
        label = row.partition("#about ")[2] or label
        if person == "super" or person in KINDS:
            yield row, person
        elif model is None and "#about" not in row:
            yield row, "all" if label in (person.partition(".")[0], "") or _plain(row) else "none"
        else:
            yield row, "all" if label == person else "none"


def columns_of_member(rights: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Say for each page in which columns it stands for a member of a group that gives `rights`."""
    kinds: dict[str, list[str]] = {}
    for right in rights:
        app, _, codename = right.partition(".")
        kind, _, model = codename.partition("_")
        kinds.setdefault(f"{app}.{model}", []).append(kind)
        kinds[app] = ["all"]
    for row in TABLE.rows:
        model_there = model_at(row.partition(" #")[0])
        label = model_there._meta.label_lower if model_there else row.split("/")[2]
        label = row.partition("#about ")[2] or label
        held = kinds.get(label, ["none"])
        yield row, "all" if {*held} >= {*KINDS[1:]} else "+".join(held)


def _plain(row: str) -> bool:
    return row.split("/")[2] not in {label.partition(".")[0] for label in MODELS}


async def _ask_all(
    site: RightsSite,
    rows: dict[str, str],
    caller: Caller,
    placed_in: dict[str, str],
) -> None:
    verdict = Verdict(caller.name)
    async with site.calls() as calls:

        async def ask(row: str, method: str) -> None:
            address = _address(site, row, rows)
            answer = await opened(site, calls, caller, method, address)
            # Of several rights the one that lets most: 200 or on before 403 before 404.
            cells = [TABLE.cell(row, column) for column in placed_in[row].split("+")]
            answers = (expected_of(cell, method, caller) for cell in cells)
            expected = min(answers, key=lambda told: "200" if told[0] == ">" else told)
            expected = expected.replace("login", LOGIN) if expected == "login" else expected
            if expected.startswith(">"):
                expected = f">{urljoin(address, expected[1:])}"
            verdict.expect(f"{method} {row}", expected, shown(answer))

        asked = [
            ask(row, how)
            for row, column in placed_in.items()
            for how in ("GET", "POST")
            if how == "GET" or column != "none" or caller.name == "staff: none"
        ]
        await asyncio.gather(*asked)
    verdict.settle()


def _address(site: RightsSite, row: str, rows: dict[str, str]) -> str:
    address = row.partition(" #")[0]
    if "autocomplete" in address:
        asked = "app_label=roster&model_name=tutorstudent&field_name=student"
        return f"{address}?{asked}"
    model = model_at(address)
    key = rows[model._meta.label_lower] if model else "1"
    for name, its_id in {"super": site.people["super"]["id"], "group": rows["a group"]}.items():
        address = address.replace(f"<{name}>", str(its_id))
    return address.replace("<pk>", key)


@SHARES
@pytest.mark.parametrize("person", [*STAFF, "super"])
async def test_each_page_of_the_admin_answers_staff(
    rights: RightsSite, rows: dict[str, str], person: str, share: str
) -> None:
    cells = dict(columns(person))
    if person in MODELS:
        cells = thinned(cells, person, share)
    await _ask_all(rights, rows, staff(rights, person), cells)


@pytest.mark.parametrize("group", MEMBERS)
async def test_each_page_of_the_admin_answers_members_of_a_group(
    rights: RightsSite, rows: dict[str, str], group: str
) -> None:
    await _ask_all(rights, rows, staff(rights, group), dict(columns_of_member(MEMBERS[group])))


@SHARES
@pytest.mark.parametrize("name", OTHERS)
async def test_no_page_of_the_admin_answers_others(
    rights: RightsSite, rows: dict[str, str], name: str, share: str
) -> None:
    cells = thinned(dict.fromkeys(TABLE.rows, "others"), name, share)
    await _ask_all(rights, rows, callers(rights)[name], cells)


@pytest.mark.parametrize("name", UNPROVEN)
async def test_no_form_of_the_admin_is_taken_without_proof(
    rights: RightsSite, rows: dict[str, str], name: str
) -> None:
    await _ask_all(rights, rows, callers(rights)[name], dict.fromkeys(TABLE.rows, "super"))


def staff(site: RightsSite, person: str) -> Caller:
    """Make the caller who is a member of staff with some rights."""
    name = person if person == "super" else f"staff-{person.replace('.', '-')}"
    return Caller(f"staff: {person}", session=site.people[name]["session"])


@SHARES
@pytest.mark.parametrize("person", [*STAFF, "super", "tutor", "nobody"])
async def test_each_action_of_the_admin_is_done_for_whom_it_may(
    rights: RightsSite, person: str, share: str
) -> None:
    others = {
        "tutor": Caller("tutor", session=rights.people["tutor"]["session"]),
        "nobody": Caller("nobody"),
    }
    caller = others.get(person) or staff(rights, person)
    verdict = Verdict(caller.name)
    async with rights.calls() as calls:

        async def ask(row: str, column: str) -> None:
            verdict.expect(row, ACTIONS.cell(row, column), await _acts(rights, calls, caller, row))

        cells = {row: _column_of(row, person) for row in ACTIONS.rows}
        if person in MODELS:
            cells = thinned(cells, person, share)
        await asyncio.gather(*(ask(*cell) for cell in cells.items()))
    verdict.settle()


def _column_of(row: str, person: str) -> str:
    """Say in which column an action stands for a person."""
    if person == (row.partition("#about ")[2] or row.partition(" ")[0]):
        return "all"
    if person in ("tutor", "nobody"):
        return "others"
    return person if person in (*KINDS, "super") else "none"


async def _acts(site: RightsSite, calls: Calls, caller: Caller, row: str) -> str:
    label, action = row.partition(" #")[0].split()
    address = f"/admin/{label.replace('.', '/')}/"
    port = calls.port()
    headers = {**caller.http(site, port), "Accept-Language": "en"}
    # Who does not ask first does it to nobody.
    people = [str(site.people[name]["id"]) for name in ("twin-student", "tutor")]
    chosen = people if action in ASKS_FIRST else ["0"]
    form: dict[str, Any] = {"action": action, "_selected_action": chosen, "index": "0"}
    answer = await calls("POST", address, port=port, headers=headers, data=form)
    if answer.headers.get("Location", "").startswith("/admin/login/"):
        return "login"
    if answer.is_success:  # a page that asks for more, or the list as if nothing had been asked
        return "no" if 'id="changelist-form"' in answer.text else "done"
    if not answer.is_redirect:
        return str(answer.status_code)
    headers["Cookie"] += f"; messages={answer.cookies.get('messages', '')}"
    page = await calls("GET", address, port=port, headers=headers)
    return "no" if "No action selected" in page.text or 'class="error"' in page.text else "done"
