"""`make install PRODUCTION=1`: a server's environment, and no secret that a machine made itself."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("manage.py", "Makefile", "requirements.txt", "speaktracker", "realtime", "feedback")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The sources of a server, as somebody has them who cloned them."""
    made = shutil.ignore_patterns("__pycache__", "*.mo")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=made)
        else:
            shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


def install(folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        ["make", "install", "PRODUCTION=1"],
        cwd=folder,
        env=environment | settings,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def test_without_a_secret_it_says_what_to_set(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").touch()  # it would take seconds to make
    done = install(clone)
    assert done.returncode != 0
    assert "SECRET_KEY is missing" in done.stderr
    assert "openssl rand -base64 48" in done.stderr
    assert not (clone / "var").exists()


@pytest.mark.soak
@pytest.mark.timeout(600)  # it installs the packages
def test_a_server_has_what_it_needs_and_no_more(clone: Path) -> None:
    done = install(clone, SECRET_KEY="only-for-tests-only-for-tests-only-for-tests")
    assert done.returncode == 0, done.stderr
    assert not (clone / "var" / "secret_key").exists()
    assert not (clone / "var" / "db.sqlite3").exists()
    assert (clone / "var" / "static" / "staticfiles.json").is_file()
    assert list((clone / "speaktracker" / "locale").rglob("*.mo"))
    programs = {path.name for path in (clone / ".venv" / "bin").iterdir()}
    assert not programs & {"pytest", "ministack", "npm", "ruff", "mypy", "aws"}
