"""What a person reads on a page: its texts, and what is said of its pictures and fields."""

import json
from html.parser import HTMLParser

SAID = ("title", "alt", "placeholder", "aria-label", "data-placeholder")
SILENT = {"script", "style", "template"}


class PageTexts(HTMLParser):
    """Collects the texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        found = dict(attrs)
        self.texts += [found[name] or "" for name in SAID if name in found]
        if tag == "input" and found.get("type") in ("submit", "button", "reset"):
            self.texts.append(found.get("value") or "")
        if formset := found.get("data-inline-formset"):
            options = json.loads(formset)["options"]
            self.texts += [str(options["addText"]), str(options["deleteText"])]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(data.strip())


def texts_of(page: str) -> list[str]:
    """List what can be read on `page`."""
    reader = PageTexts()
    reader.feed(page)
    return reader.texts
