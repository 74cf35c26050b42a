"""Every command of the pages that can run here is given, as it stands, in a fresh clone."""

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.handbook.command_table import COMMANDS, Runs
from tests.handbook.shell_commands import ROOT

INSTALL_SECONDS, COMMAND_SECONDS = 900, 600
# What this run was given is nothing that a reader has.
OURS = ("DJANGO_SETTINGS_MODULE", "PYTEST_", "VIRTUAL_ENV", "PYTHONPATH", "MAKE", "MFLAGS")


def readers_environment() -> dict[str, str]:
    """Give what a reader's shell has."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def give(clone: Path, text: str, types: str = "", seconds: float = COMMAND_SECONDS) -> None:
    """Type a command at a terminal, and what it asks for."""
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, types.encode())
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=clone,
            env=readers_environment(),
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    finally:
        os.close(keyboard)
        os.close(terminal)
    assert done.returncode == 0, f"{text}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"


@contextmanager
def going_on(clone: Path, text: str, until: str) -> Iterator[None]:
    """Give a command that goes on; it has printed `until`, and ends by Ctrl-C."""
    process = subprocess.Popen(
        ["bash", "-c", text],
        cwd=clone,
        env=readers_environment() | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        # A shell starts what goes on in the background deaf to Ctrl-C, and all that comes of it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        prints(process, until)
        yield
        assert process.poll() is None, f"it has ended by itself: {text}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise


def prints(process: subprocess.Popen[bytes], until: str) -> None:
    """Read what a process prints until a text is there."""
    assert process.stdout
    said, deadline = b"", time.monotonic() + COMMAND_SECONDS
    while until.encode() not in said:
        left = deadline - time.monotonic()
        ready, _, _ = select.select([process.stdout], [], [], max(0, left))
        assert ready, f"{until!r} does not come:\n{said.decode(errors='replace')[-3000:]}"
        some = os.read(process.stdout.fileno(), 65536)
        assert some, f"it ended before {until!r}:\n{said.decode(errors='replace')[-3000:]}"
        said += some


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone after `make install`, as the README has it."""
    folder = tmp_path_factory.mktemp("fresh") / "clone"
    words = ["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)]
    subprocess.run(words, check=True, timeout=120)
    give(folder, "make install", seconds=INSTALL_SECONDS)
    return folder


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_every_command_of_the_pages_runs_from_a_fresh_clone(clone: Path) -> None:
    for text, row in COMMANDS.items():
        if not isinstance(row, Runs):
            continue
        with ExitStack() as running:
            if row.beside:
                needed = COMMANDS[row.beside]
                assert isinstance(needed, Runs)
                running.enter_context(going_on(clone, row.beside, needed.until))
            if row.before:
                give(clone, row.before)
            if row.until:
                running.enter_context(going_on(clone, text, row.until))
            else:
                give(clone, text, row.types)
    give(clone, "git diff --exit-code")  # what `make format` left as it was
