"""What is installed is pinned with hashes, all of it, and is what was asked for."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ASKED = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)", re.M)
PINNED = re.compile(
    r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+).*\\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", re.M
)
LISTS = ("requirements", "requirements-run", "requirements-dev", "bench/requirements")


def text_of(file: str) -> str:
    """Read a list."""
    return (ROOT / file).read_text(encoding="utf-8")


def asked(name: str) -> set[tuple[str, str]]:
    """Name what a list of ours asks for, with its versions."""
    return {(project.lower(), version) for project, version in ASKED.findall(text_of(f"{name}.in"))}


def pinned(name: str) -> list[tuple[str, str]]:
    """Name what stands in a list with its hashes; some twice, for one Python and for another."""
    return [(project, version) for project, version, _ in PINNED.findall(text_of(f"{name}.txt"))]


@pytest.mark.parametrize("name", LISTS)
def test_what_is_asked_for_is_pinned_with_hashes(name: str) -> None:
    assert asked(name) <= set(pinned(name)), "run `make lock`"
    entries = [line for line in text_of(f"{name}.txt").splitlines() if re.match(r"\w", line)]
    assert len(pinned(name)) == len(entries)


def test_the_peers_of_the_bench_from_npm_are_one_version_each() -> None:
    versions = json.loads(text_of("bench/package.json"))["dependencies"]
    assert "bun" in versions
    assert not {name for name, one in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", one)}


@pytest.mark.parametrize(("fewer", "more"), [LISTS[:2], LISTS[1:3], (LISTS[0], LISTS[3])])
def test_a_longer_list_pins_the_same_versions(fewer: str, more: str) -> None:
    assert set(pinned(fewer)) <= set(pinned(more))
