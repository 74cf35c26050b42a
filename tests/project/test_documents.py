"""The documents say what is true of the code."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from speaktracker.limit_settings import Limits

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(
    r'env\.(?:text|flag|integer|number|words|choice|url|time_zone|origins|hosts|secret)\(\s*"([A-Z_]+)"'
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
FILE = re.compile(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:py|md|toml))`")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


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


def written_metrics() -> str:
    return "".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "speaktracker" / "metrics").glob("*.py"))
    )


def test_every_metric_stands_on_the_page_for_operators() -> None:
    code = written_metrics()
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    metrics = set(re.findall(r'"(speaktracker_\w+)"', code))
    listed = re.findall(r"^\| `(speaktracker_\w+?)(?:_total)?` \|", page, re.MULTILINE)
    assert metrics == set(listed)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_file_that_a_recipe_names_is_there() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    ours = ("speaktracker/", "realtime/", "feedback/", "tests/", "deploy/", "docs/")
    named = {name for name in FILE.findall(page) if name.startswith(ours)}
    assert len(named) > 40
    assert not [name for name in sorted(named) if not (ROOT / name).exists()]


def test_the_page_of_the_client_has_the_example_as_it_is_run() -> None:
    page = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    for file in (ROOT / "docs" / "example").iterdir():
        assert file.read_text(encoding="utf-8") in blocks, f"{file.name} differs"


def test_every_decision_has_its_line_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d+) \| [\d-]{10} \| \w+ \| \[.+\]\((\S+)\)", index, re.MULTILINE)
    assert [int(number) for number, _ in listed] == [*range(1, len(listed) + 1)]
    assert {page for _, page in listed} == {path.name for path in folder.glob("*.md")} - {
        "README.md"
    }


def outages() -> list[dict[str, str]]:
    """Read what goes wrong, and how it looks: a row each, by the names of its table's columns."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page.split("### What goes wrong, and how it looks", 1)[1].split("\n### ", 1)[0]
    rows: list[dict[str, str]] = []
    head: list[str] = []
    for line in section.splitlines():
        cells = [cell.strip() for cell in line[1:-1].split("|")]
        if not line.startswith("|"):
            head = []
        elif not head:
            head = cells
        elif set(line) != {"|", "-"}:
            assert len(cells) == len(head), line
            rows.append(dict(zip(head, cells, strict=True)))
    return rows


def test_each_line_of_the_log_that_operators_are_told_of_is_written_somewhere() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("speaktracker", "realtime", "feedback")
        for path in (ROOT / package).rglob("*.py")
    )
    written = re.sub(r"\"\s*\n\s*\"", "", sources)  # texts over several lines are one
    theirs = {"database or disk is full", "certificate verify failed", "OOM"}
    theirs.add("couldn't get a connection after")
    told = [text for row in outages() for text in re.findall(r"`([^`]+)`", row["the log"])]
    parts = {part.strip(" :,.;") for text in told for part in re.split(r"…|: (?=[a-z])", text)}
    assert len(parts) > 20
    assert not [part for part in sorted(parts - theirs) if part not in written]


def test_each_metric_that_operators_are_told_of_is_counted() -> None:
    code = written_metrics()
    cells = " ".join(row.get("a metric", "") for row in outages())
    named = set(re.findall(r"`(speaktracker_\w+?)(?:_total)?`", cells))
    assert len(named) > 5
    assert not [name for name in named if f'"{name}"' not in code]
