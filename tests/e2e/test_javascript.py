"""The client's and the pages' pure modules, by node's own test runner."""

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
NODE = shutil.which("node")
TESTS = Path(__file__).parent / "javascript"


@pytest.mark.skipif(
    NODE is None, reason="node is not installed; the browser tests cover the client"
)
def test_the_javascript_modules_pass_their_own_tests() -> None:
    files = sorted(str(path) for path in TESTS.glob("*.test.mjs"))
    done = subprocess.run(
        [str(NODE), "--test", "--test-reporter=spec", *files],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
