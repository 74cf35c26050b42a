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
# As the image has it, where whoever runs this may become somebody else.
NOBODY_IN_PARTICULAR = 10001 if os.getuid() == 0 else None


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

    def copy(self, source: str, target: str) -> None:
        """Copy from the context, without what was made beside the sources there."""
        found, to = self.context / source, self.folder / target
        if found.is_dir():
            shutil.copytree(found, to, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        else:
            shutil.copy2(found, to)

    def start(self, words: list[str], **settings: str) -> "subprocess.Popen[str]":
        """Start a command as the image's user, who can write nothing in the folder."""
        return subprocess.Popen(
            words,
            cwd=self.folder,
            env=self.environment | settings,
            stdout=subprocess.PIPE,
            text=True,
            user=NOBODY_IN_PARTICULAR,
            group=NOBODY_IN_PARTICULAR,
            extra_groups=[] if NOBODY_IN_PARTICULAR else None,
        )
