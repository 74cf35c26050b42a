"""Pages as a browser without scripts sees them: sign in, fill a form in, send it."""

import re
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.blackbox.classroom import ADMIN, PASSWORD, Classroom


class Form(HTMLParser):
    """The form of a page that has the field `field`: its values, and its options by their text."""

    def __init__(self, page: str, field: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.options: dict[str, str] = {}
        self._found: dict[str, list[str]] | None = None
        self._field, self._select, self._option = field, "", ""
        self.feed(page)
        assert self._found is not None, f"no form with the field {field}"
        self.values = self._found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.values = {}
        elif tag in ("select", "textarea"):
            self._select = name
            self.values.setdefault(name, [])
        elif tag == "option":
            self._option = given.get("value", "")
            if "selected" in given:
                self.values[self._select].append(self._option)
        elif tag == "input" and name:
            self._input(name, given)

    def _input(self, name: str, given: dict[str, str]) -> None:
        self.values.setdefault(name, [])
        kind = given.get("type", "text")
        if kind in ("submit", "button", "image"):
            del self.values[name]
        elif kind not in ("checkbox", "radio") or "checked" in given:
            self.values[name].append(given.get("value", "on"))

    def handle_data(self, data: str) -> None:
        if self._option and data.strip():
            self.options[data.strip()] = self._option

    def handle_endtag(self, tag: str) -> None:
        if tag == "option":
            self._option = ""
        if tag == "form" and self._field in self.values:
            self._found = self._found or self.values


async def send_form(
    client: httpx.AsyncClient, address: str, field: str, **changes: Any
) -> httpx.Response:
    """Fill in the form with `field` of a page and send it; None takes a value away."""
    page = (await client.get(address, follow_redirects=True)).raise_for_status()
    values = {**Form(page.text, field).values, **changes}
    sent = {name: value for name, value in values.items() if value is not None}
    answer = await client.post(
        str(page.url), data=sent, headers={"Referer": str(page.url)}, follow_redirects=True
    )
    return answer.raise_for_status()


async def signs_in(room: Classroom, email: str) -> httpx.AsyncClient:
    """Sign in on the login page."""
    client = room.http(**{"Accept-Language": "en"})
    await send_form(client, "/login/", "username", username=email, password=PASSWORD)
    assert "sessionid" in client.cookies
    return client


async def opens_admin(room: Classroom) -> httpx.AsyncClient:
    """Sign in to the admin, in English."""
    client = room.http(**{"Accept-Language": "en"})
    await send_form(client, "/admin/login/", "username", username=ADMIN, password=PASSWORD)
    assert "sessionid" in client.cookies
    return client


async def found(client: httpx.AsyncClient, table: str, words: str) -> str:
    """Search the admin's list of `table`; answer the number of its one row."""
    page = (await client.get(f"/admin/{table}/", params={"q": words})).raise_for_status()
    rows: set[str] = set(re.findall(r'name="_selected_action" value="([^"]+)"', page.text))
    assert len(rows) == 1, f"{words} finds {rows}"
    return rows.pop()


async def does(client: httpx.AsyncClient, table: str, words: str, action: str) -> httpx.Response:
    """Choose the row that `words` find in the admin's list and carry an action out on it."""
    row = await found(client, table, words)
    address = f"/admin/{table}/?q={words}"
    page = (await client.get(address)).raise_for_status()
    form = Form(page.text, "_selected_action")
    chosen = {**form.values, "action": form.options[action], "_selected_action": [row]}
    headers = {"Referer": str(page.url)}
    answer = await client.post(address, data=chosen, headers=headers, follow_redirects=True)
    return answer.raise_for_status()
