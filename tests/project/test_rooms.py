"""The arrows of the design point down, and a file that nobody placed is found."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("speaktracker", "realtime", "feedback")


def lint_imports(where: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of pyproject.toml on the packages in `where`."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(program), "--no-cache"],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(where)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources to plant something in."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "static", "templates", "locale")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_import_points_down() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


def test_a_planted_violation_is_caught(copy: Path) -> None:
    with (copy / "realtime" / "groups.py").open("a") as file:
        file.write("\nimport feedback.models\n")
    result = lint_imports(copy)
    assert result.returncode == 1
    assert "realtime is not allowed to import feedback" in result.stdout


def test_a_file_that_nobody_placed_is_caught(copy: Path) -> None:
    (copy / "realtime" / "utils.py").write_text("")
    result = lint_imports(copy)
    assert result.returncode == 1
    assert "utils" in result.stdout
