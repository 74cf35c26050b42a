"""Run pytest on a PostgreSQL made for the run: `python -m tests.on_postgresql WORDS_OF_PYTEST…`."""

import os
import subprocess
import sys
from contextlib import closing

from tests.cluster.databases import PostgreSQL


def main(words: list[str]) -> int:
    """Run pytest with these words; returns its code."""
    with closing(PostgreSQL()) as database:
        environment = {**os.environ, "DATABASE_URL": database.url}
        return subprocess.run([sys.executable, "-m", "pytest", *words], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
