"""The release before this one, as its commit: its sources, laid out in a folder."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The last commit before all that CHANGELOG.md calls unreleased. A release moves it on.
RELEASE_BEFORE = "40d3998871a28bef08d59eb946ada394a5ac0537"


def _git(repository: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *words], cwd=repository, capture_output=True, timeout=300)


def has_commit(repository: Path, commit: str) -> bool:
    """Tell whether a clone has a commit with its files."""
    return _git(repository, "cat-file", "-e", f"{commit}^{{commit}}").returncode == 0


def fetch_commit(repository: Path, commit: str) -> None:
    """Bring a commit into a clone that was made without its history; says so where it cannot."""
    tried = []
    for words in (
        ["fetch", "--quiet", "--depth=1", "origin", commit],
        ["fetch", "--quiet", "--unshallow", "origin"],
    ):
        if has_commit(repository, commit):
            return
        said = _git(repository, *words).stderr.decode(errors="replace").strip()
        tried.append(f"`git {' '.join(words)}`: {said or 'it did not come'}")
    assert has_commit(repository, commit), (
        f"The release before this one, {commit}, is not in this clone, and could not be fetched."
        " Fetch it from a repository that has the whole history, or name the release before this"
        f" one in tests/upgrades/release_before.py.\n{chr(10).join(tried)}"
    )


def lay_out(folder: Path) -> Path:
    """Write the sources of the release before this one into a new folder."""
    fetch_commit(ROOT, RELEASE_BEFORE)
    folder.mkdir()
    archive = _git(ROOT, "archive", RELEASE_BEFORE)
    assert archive.returncode == 0, archive.stderr
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True, timeout=60)
    return folder
