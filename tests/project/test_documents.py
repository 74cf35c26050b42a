"""The documents say what is true of the code."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from speaktracker.limits import Limits

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(
    r'env\.(?:text|flag|integer|number|words|choice|url|origins|secret)\(\s*"([A-Z_]+)"'
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_variable_that_is_read_is_described_and_no_other() -> None:
    sources = [
        path
        for package in ("speaktracker", "realtime", "feedback")
        for path in (ROOT / package).rglob("*.py")
    ]
    read = {name for path in sources for name in READ.findall(path.read_text(encoding="utf-8"))}
    read |= {limit.name.upper() for limit in fields(Limits)}
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE))
    assert described == read


def test_every_limit_stands_with_its_default() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for limit in fields(Limits):
        written = re.search(rf"`{limit.name.upper()}` \| `([\d.]+)`", page)
        assert written, limit.name
        assert float(written[1]) == getattr(Limits(), limit.name)


def test_every_metric_stands_on_the_page_for_operators() -> None:
    code = (ROOT / "speaktracker" / "metrics.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    metrics = set(re.findall(r'"(speaktracker_\w+)"', code))
    listed = re.findall(r"^\| `(speaktracker_\w+?)(?:_total)?` \|", page, re.MULTILINE)
    assert metrics == set(listed)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
