"""What the pages tell readers to type is there: commands, options, targets and settings."""

import re
import shlex
import subprocess
from dataclasses import fields
from functools import cache
from itertools import takewhile

import pytest
from django.core.management import get_commands, load_command_class

from realtime.protocol.codes import ErrorCode
from speaktracker.limit_settings import Limits
from tests.handbook.command_table import COMMANDS, NOT_SHELL, Elsewhere
from tests.handbook.shell_commands import PAGES, ROOT, commands_of, spans_of

WRITTEN = [command for page in PAGES for command in commands_of(page, NOT_SHELL)]
TEXTS = sorted({command.text for command in WRITTEN})
SPANS = sorted({span for page in PAGES for span in spans_of(page)})
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
MAKE_VARIABLES = set(re.findall(r"(?:^#|;) ([A-Z]+)=", MAKEFILE, re.MULTILINE))
SETTING = re.compile(r"\b([A-Z]+(?:_[A-Z]+)+)=")
# Of others, who read them from the environment too.
THEIRS = {"DJANGO_SUPERUSER_EMAIL", "DJANGO_SUPERUSER_PASSWORD", "RESTORED_URL"}
THEIRS |= {"PYTHONASYNCIODEBUG", "AWS_ENDPOINT_URL", "POSTGRES_PASSWORD"}


def test_each_command_has_its_row_and_each_row_its_command() -> None:
    assert set(TEXTS) == set(COMMANDS)
    assert all(row.because for row in COMMANDS.values() if isinstance(row, Elsewhere))


def test_bash_can_read_each() -> None:
    for text in TEXTS:
        done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True)
        assert done.returncode == 0, f"{text}\n{done.stderr}"


@cache
def options_of(command: str) -> frozenset[str]:
    """List the options of a command of manage.py, as its own parser knows them."""
    parser = load_command_class(get_commands()[command], command).create_parser("", command)
    return frozenset(option for action in parser._actions for option in action.option_strings)


def uses_of_manage(text: str) -> list[str]:
    """List what follows `manage.py` in a command or between backticks."""
    return re.findall(r"manage\.py ([a-z_]+(?: [^`]*)?)", text)


@pytest.mark.parametrize("where", ["commands", "sentences"])
def test_each_command_of_manage_py_knows_what_it_is_given(where: str) -> None:
    texts = TEXTS if where == "commands" else SPANS
    uses = [use for text in texts for use in uses_of_manage(text)]
    assert len(uses) > 5
    for use in uses:
        name = use.split()[0]
        assert name in get_commands(), f"there is no `manage.py {use}`"
        unknown = set(re.findall(r"(?<!\S)\[?(--[a-z-]+)", use)) - options_of(name)
        assert not unknown, f"`manage.py {use}`: no {unknown}"


def test_each_target_and_variable_of_make_is_there() -> None:
    uses = [text for text in [*TEXTS, *SPANS] if re.match(r"(?:[A-Z_]+=\S+ )*make [a-z]", text)]
    assert len(uses) > 10
    for use in uses:
        words = re.sub(r"[\[\]]", "", use.split("make ", 1)[1]).split()
        names = [*takewhile(lambda word: re.fullmatch(r"[a-z-]+", word), words)]
        assert set(names) <= TARGETS, use
        unknown = set(re.findall(r"\b([A-Z]+)=", use.split("make ", 1)[1])) - MAKE_VARIABLES
        assert not unknown, f"`{use}`: `make help` has no {unknown}"


def test_each_setting_that_is_set_somewhere_exists() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    known = set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE)) | THEIRS
    known |= {limit.name.upper() for limit in fields(Limits)}
    named = {name for text in [*TEXTS, *SPANS] for name in SETTING.findall(text)}
    assert len(named) > 5
    assert not named - known


def test_each_name_in_capitals_is_a_setting_a_code_or_a_name_of_the_sources() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("speaktracker", "realtime", "feedback", "tests", "bench")
        for suffix in ("py", "js")
        for path in (ROOT / package).rglob(f"*.{suffix}")
    )
    known = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", sources + MAKEFILE)) | THEIRS
    known |= {str(code) for code in ErrorCode} | {one.name.upper() for one in fields(Limits)}
    named = {span for span in SPANS if re.fullmatch(r"[A-Z]+(?:_[A-Z]+)+", span)}
    assert len(named) > 50
    assert not named - known


def test_python_and_pytest_are_given_files_that_are_there() -> None:
    given = [word for text in TEXTS for word in shlex.split(text)]
    files = [word for word in given if re.match(r"(?:tests|docs|deploy)/", word)]
    assert files
    assert not [file for file in files if not (ROOT / file).exists()]
