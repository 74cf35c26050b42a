"""Runs what a Dockerfile says, step by step, in a clean folder: no engine is needed for that.

What it cannot show is what an engine does itself: the base image and the file system's layers.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PLACE = "/srv/speaktracker"
# Root without these may write no more than others: only what its permissions say.
WITHOUT_RIGHTS = ["setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]


class ImageSteps:
    """The instructions of a Dockerfile, carried out in `folder`, which stands for its WORKDIR."""

    def __init__(self, dockerfile: Path, context: Path, folder: Path) -> None:
        text = re.sub(r"^\s*#.*\n", "", dockerfile.read_text(encoding="utf-8"), flags=re.M)
        joined = re.sub(r"\\\n\s*", " ", text)
        self.steps = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
        self.context, self.folder = context, folder
        self.environment = {"PATH": f"{Path(sys.base_prefix) / 'bin'}:{os.environ['PATH']}"}

    def last(self, instruction: str) -> str:
        """Give what the last instruction of a kind says."""
        return [words for name, words in self.steps if name == instruction][-1]

    def command(self, instruction: str) -> list[str]:
        """Give the words of CMD or HEALTHCHECK."""
        found: list[str] = json.loads(re.sub(r"^.*?(?=\[)", "", self.last(instruction)))
        return found

    def build(self) -> None:
        """Carry out COPY, RUN and ENV; raises CalledProcessError."""
        for name, words in self.steps:
            if name == "COPY" and not words.startswith("--from=build "):
                self.copy(*words.split())
            elif name == "RUN":
                shell = ["sh", "-euc", words.replace(PLACE, str(self.folder))]
                subprocess.run(shell, cwd=self.folder, env=self.environment, check=True)
            elif name == "ENV":
                self.environment |= dict(pair.split("=", 1) for pair in words.split())
        subprocess.run(["chmod", "-R", "a-w", self.folder], check=True)

    def copy(self, source: str, target: str) -> None:
        """Copy from the context, without what was made beside the sources there."""
        found, to = self.context / source, self.folder / target
        if found.is_dir():
            shutil.copytree(found, to, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        else:
            shutil.copy2(found, to)

    def start(self, words: list[str], **settings: str) -> "subprocess.Popen[str]":
        """Start a command that can write nothing in the folder, as in a read-only image."""
        return subprocess.Popen(
            [*(WITHOUT_RIGHTS if os.getuid() == 0 else ()), *words],
            cwd=self.folder,
            env=self.environment | settings,
            stdout=subprocess.PIPE,
            text=True,
        )
