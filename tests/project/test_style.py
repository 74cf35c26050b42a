"""The sizes of the design: what grows past them misses a noun."""

import ast
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    path
    for package in ("speaktracker", "realtime", "feedback")
    for path in sorted((ROOT / package).rglob("*.py"))
    if "migrations" not in path.parts
]
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions_of(path: Path) -> list[Function]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def body_lines(function: Function) -> int:
    """Count the lines of a function below its signature and docstring."""
    documented = ast.get_docstring(function) and function.body[1:]
    first = function.body[1 if documented else 0]
    return (function.end_lineno or 0) - first.lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_and_no_function_outgrows_its_measure(path: Path) -> None:
    assert lines_of(path) <= 250
    assert path.stem not in FORBIDDEN_NAMES
    long = [f.name for f in functions_of(path) if body_lines(f) > 40]
    assert not long


def test_files_and_functions_are_small_as_a_rule() -> None:
    sizes = [lines_of(path) for path in SOURCES if lines_of(path) > 1]
    bodies = [body_lines(function) for path in SOURCES for function in functions_of(path)]
    assert median(sizes) <= 80
    assert median(bodies) <= 8
