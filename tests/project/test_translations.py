"""Everything that people read has its Korean words."""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "speaktracker" / "locale" / "ko" / "LC_MESSAGES" / "django.po"
MARKS = {"_", "gettext", "gettext_lazy", "ngettext"}


def marked(path: Path) -> Iterator[str]:
    """Find the texts of one file that are marked for translation."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=text), *_]):
                if name in MARKS:
                    yield str(text)


def test_every_marked_text_is_translated() -> None:
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file, locale="ko") if message.string]
    known = {m.id[0] if isinstance(m.id, tuple) else m.id for m in messages}
    sources = [
        path
        for package in ("speaktracker", "realtime", "feedback")
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    ]
    missing = {text for path in sources for text in marked(path)} - known
    assert not missing
