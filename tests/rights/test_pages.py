"""Every page by everybody who may come with a browser, and with tokens that pages do not read."""

import asyncio

import httpx
import pytest

from tests.rights.callers import CALLERS, Caller, callers, fresh
from tests.rights.knowledge import strangers_in
from tests.rights.routes import pages
from tests.rights.site import Calls, RightsSite
from tests.rights.tables import Verdict, placed, read

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rights")]
TABLE = read("pages")
# Pages read no tokens: a few stand for all who come with one.
WITH_TOKEN = ("token of super", "token of tutor", "token: forged", "token: garbage")
BROWSERS = [
    name
    for name in CALLERS.rows
    if name in WITH_TOKEN or not name.startswith(("token of", "token: ", "pool: "))
]
# These take no forms, and so ask for no proof.
PROBES = ("/healthz", "/readyz", "/metrics")
# A call to these ends the session that it is made with.
ENDS_SESSION = ("/logout/", "/admin/logout/")


def test_every_page_has_its_place() -> None:
    known = [row for row in TABLE.rows if not row.endswith("#unknown")]
    placed(type(TABLE)(TABLE.columns, {row: {} for row in known}), pages(), "pages")


@pytest.mark.parametrize("name", BROWSERS)
async def test_each_page_answers(rights: RightsSite, name: str) -> None:
    caller = callers(rights)[name]
    verdict = Verdict(name)
    async with rights.calls() as calls:

        async def ask(row: str, method: str) -> None:
            who = caller
            if "everywhere" in row and caller.session:
                who = await fresh(rights, calls, caller, caller.column("pages"))
            answer = await opened(rights, calls, who, method, row.partition(" #")[0])
            cell = TABLE.cell(row, caller.column("pages"))
            exempt = row.rstrip("/") in PROBES or cell == "404"
            expected = expected_of(cell, method, caller, exempt)
            verdict.expect(f"{method} {row}", expected, shown(answer))
            strangers = strangers_in(rights, who.person(rights), answer.text)
            verdict.expect(f"{method} {row} shows", "nobody else", strangers)

        cells = [(row, how) for row in TABLE.rows for how in ("GET", "POST")]
        await asyncio.gather(*(ask(*cell) for cell in cells if "everywhere" not in cell[0]))
        for cell in cells:
            if "everywhere" in cell[0]:  # each ends what the one before it stood on
                await ask(*cell)
    verdict.settle()


def expected_of(cell: str, method: str, caller: Caller, exempt: bool = False) -> str:
    """Read a cell: an answer to GET, and after a comma to POST where that differs."""
    got, _, posted = cell.partition(",")
    unproven = not caller.proof or caller.origin not in (None, "own")
    if method == "POST" and unproven and not exempt:
        return "403"
    return (posted or got) if method == "POST" else got


async def opened(
    site: RightsSite, calls: Calls, caller: Caller, method: str, address: str
) -> httpx.Response:
    """Call a page as a browser does."""
    if address in ENDS_SESSION and method == "POST":
        caller = caller.spare(site, ENDS_SESSION.index(address))
    headers = caller.http(site, port := calls.port())
    # An empty form: what would be done with a full one is asked for, and nothing is done.
    return await calls(method, address, port=port, headers=headers)


def shown(answer: httpx.Response) -> str:
    """Name an answer: its status, or where it leads."""
    if answer.is_redirect:
        return f">{answer.headers['Location'].partition('?')[0]}"
    return str(answer.status_code)
