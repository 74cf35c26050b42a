"""The client's and the pages' pure modules, by node's own test runner."""

import subprocess
from pathlib import Path

import pytest

from tests.client.node import NODE

pytestmark = pytest.mark.e2e
TESTS = Path(__file__).parent / "javascript"


def test_the_javascript_modules_pass_their_own_tests() -> None:
    files = sorted(str(path) for path in TESTS.glob("*.test.mjs"))
    done = subprocess.run(
        [NODE, "--test", "--test-reporter=spec", *files],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
