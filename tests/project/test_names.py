"""One word, one thing: the names of the house, and the words that stand in the glossary."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("speaktracker", "realtime", "feedback")
FILES = [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if "migrations" not in path.parts
]
# Each app has its own of these, where Django and the style of its services look for them.
EACH_APPS_OWN = {
    *("__init__", "__main__", "admin", "apps", "forms", "models", "permissions", "receivers"),
    *("selectors", "serializers", "services", "settings", "signals", "urls", "views"),
    "base",  # Django asks a database backend for it by this name
}
# What each of these was called stands in docs/glossary.md under its one name today.
BANNED = {
    *("bell", "complain", "complaint", "complaints", "departure", "departures", "door", "ear"),
    *("entrance", "hear", "lane", "mailbox", "outlet", "pace", "seat", "touch", "detach"),
    *("utils", "helpers", "common", "manager", "misc"),
}
GLOSSARY = ROOT / "docs" / "glossary.md"


def words_of(name: str) -> list[str]:
    """Split a name at its underscores and capitals, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]


def names_given(path: Path) -> Iterator[str]:
    """List the names that a file gives: its own, and what it defines, takes and assigns."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def test_no_public_class_has_the_name_of_another() -> None:
    homes = defaultdict(list)
    for path in FILES:
        if path.stem == "base" or {"commands", "management"} <= set(path.parts):
            continue  # Django wants them to be called DatabaseWrapper and Command
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(path.relative_to(ROOT)))
    twice = {name: paths for name, paths in homes.items() if len(paths) > 1}
    assert not twice, f"Rename one of each, so that its name says more: {twice}"


def test_no_file_has_the_name_of_another() -> None:
    commands = [path for path in FILES if "management" in path.parts]
    stems = Counter(path.stem for path in FILES if path not in commands)
    twice = {stem for stem, count in stems.items() if count > 1} - EACH_APPS_OWN
    assert not twice, f"Rename one of each, so that a reader knows which to open: {twice}"


def test_no_name_uses_a_word_that_was_given_up() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        for name in names_given(path)
        if BANNED & set(words_of(name))
    }
    assert not found, f"docs/glossary.md has the word to use: {sorted(found)}"


def test_nothing_has_a_twin_that_does_the_same_now() -> None:
    for path in FILES:
        names = set(names_given(path))
        twins = {name for name in names if f"{name}_now" in names}
        assert not twins, f"{path}: keep the one that need not be awaited: {twins}"


def test_every_word_of_the_glossary_is_used() -> None:
    used = {" ".join(words_of(name)) for path in FILES for name in names_given(path)}
    text = GLOSSARY.read_text(encoding="utf-8")
    terms = re.findall(r"^\| \*\*(.+?)\*\* \|", text, re.MULTILINE)
    assert len(terms) > 40
    for term in terms:
        assert any(term.lower() in name for name in used), f"nothing is called {term!r} any more"
