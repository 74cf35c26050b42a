"""The bench's own Python, which the suite's knows nothing of."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "var" / "bench" / "venv" / "bin" / "python"
SECONDS = 300


def run_in_bench(*words: str) -> str:
    """Run the bench's Python; returns what it printed. Skips the test where there is none."""
    if not PYTHON.exists():
        pytest.skip("the bench is not installed here: `make verify-peers` installs it")
    done = subprocess.run(
        [PYTHON, *words], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
