"""The release before this one can be had from any clone, or is asked for in a sentence."""

import subprocess
from pathlib import Path

import pytest

from tests.upgrades.release_before import fetch_commit, has_commit


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=tests", "-c", "user.email=tests@example.com"]
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip()


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository of two commits."""
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for name in ("first", "second"):
        git(folder, "commit", "--quiet", "--allow-empty", f"--message={name}")
    return folder


def test_a_clone_of_depth_one_fetches_it(origin: Path, tmp_path: Path) -> None:
    before = git(origin, "rev-parse", "HEAD^")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", origin.as_uri(), str(clone))
    assert not has_commit(clone, before)
    fetch_commit(clone, before)
    assert has_commit(clone, before)


def test_one_that_nobody_has_is_asked_for_in_a_sentence(origin: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", origin.as_uri(), "clone")
    with pytest.raises(AssertionError, match="Fetch it from a repository that has the whole"):
        fetch_commit(tmp_path / "clone", "1" * 40)
