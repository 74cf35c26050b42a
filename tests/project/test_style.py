"""The sizes of the design: what grows past them misses a noun. `pytest -s` shows the figures."""

import ast
import sys
from collections import Counter
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


def uses(path: Path) -> Counter[str]:
    """Count how often each name is read in a file, as a variable or as an attribute."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    attributes = (node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return Counter([*names, *attributes])


def is_private(function: Function) -> bool:
    """Tell whether only its own file may use a function; what a decorator takes is used there."""
    name = function.name
    return name.startswith("_") and not name.startswith("__") and not function.decorator_list


def arguments_of(function: Function) -> set[str]:
    """List what a function takes, without `self`."""
    taken = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return {argument.arg for argument in taken} - {"self", "cls"}


def test_a_folder_is_a_room_one_can_look_over() -> None:
    folders = Counter(path.parent for path in SOURCES if path.name != "__init__.py")
    largest, count = folders.most_common(1)[0]
    sys.stdout.write(f"{len(folders)} folders, the largest {count} files\n")
    assert count <= 16, (
        f"{largest.relative_to(ROOT)} has {count} files. Find the noun that some of them share, "
        "give it a folder with a sentence in its __init__.py, and its place in pyproject.toml."
    )


def test_every_folder_says_what_it_holds() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.name == "__init__.py"
        and "management" not in path.parts
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent, f"Write one sentence into each: {silent}"


def test_a_helper_that_is_used_once_says_more_than_the_lines_it_hides() -> None:
    once, count = [], 0
    for path in SOURCES:
        used = uses(path)
        count += len(functions_of(path))
        once += [
            f"{path.relative_to(ROOT)}: {function.name}"
            for function in functions_of(path)
            if is_private(function) and used[function.name] <= 1
        ]
    share = 100 * len(once) / count
    sys.stdout.write(f"{count} functions, {share:.1f} % private helpers used once\n")
    assert share < 8, "Put these back where they are used, or find their own place:\n" + "\n".join(
        once
    )


def test_nothing_takes_more_than_six_arguments() -> None:
    crowded = [
        f"{path.relative_to(ROOT)}: {function.name}"
        for path in SOURCES
        for function in functions_of(path)
        if len(arguments_of(function)) > 6
    ]
    assert not crowded, f"Some of what these take belongs together; name it: {crowded}"
