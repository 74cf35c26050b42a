"""Source archives of what we stand beside: downloaded by pip into var/, never committed."""

import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "suites"
SECONDS = 300


def unpacked(project: str) -> Path:
    """Return the folder of the installed version's sources, tests included."""
    name = f"{project}-{version(project)}"
    if not (FOLDER / name).exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", str(FOLDER)]
        words = [*pip, "--no-binary", ":all:", f"{project}=={version(project)}"]
        subprocess.run(words, check=True, timeout=SECONDS)
        with tarfile.open(FOLDER / f"{name}.tar.gz") as archive:
            archive.extractall(FOLDER, filter="data")
    tests = FOLDER / name / "tests"
    assert tests.is_dir(), f"The archive of {name} holds no tests any more."
    return FOLDER / name
