"""Forms of HTML pages, filled in and sent as a browser does without scripts."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import httpx


class WebForm(HTMLParser):
    """The values that the fields of a page's forms have at first, of all forms but the header's."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self.text = ""
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a field's value."""
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        kind = given.get("type", "text")
        if tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in given or self._select not in self.values):
            self.values[self._select] = value
        elif tag == "input" and name and kind not in ("submit", "file", "button"):
            if kind not in ("checkbox", "radio"):
                self.values[name] = value
            elif "checked" in given:
                self.values[name] = value or "on"

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        self.text += data


def fill_in(
    browser: httpx.Client, page: str, fields: Mapping[str, Any], files: Any = None
) -> httpx.Response:
    """Get a page, change these fields of its form, and send it back to where it came from."""
    shown = browser.get(page)
    assert shown.status_code == 200, shown.text
    return send(browser, shown, fields, files)


def send(
    browser: httpx.Client, shown: httpx.Response, fields: Mapping[str, Any], files: Any = None
) -> httpx.Response:
    """Send the form of a page that is shown, with these fields changed."""
    values = WebForm(shown.text).values | dict(fields)
    answer = browser.post(str(shown.url), data=values, files=files)
    assert answer.status_code == 200, answer.text
    return answer
