"""The commands that README, CONTRIBUTING and docs tell readers to give, as they stand there."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_SHELL = ("", "sh", "bash", "shell", "console")
_COMMENT = re.compile(r"(?:^|\s+)# .*$", re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """One command and the page it stands on; its comment is left out."""

    page: str
    text: str


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _plain_blocks(page: Path) -> list[str]:
    blocks = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [body for language, body in blocks if language in _SHELL]


def commands_of(page: Path, not_shell: tuple[str, ...]) -> list[Command]:
    """List the commands of a page's fenced blocks, but for those that begin with `not_shell`."""
    found = []
    for body in _plain_blocks(page):
        if body.strip().startswith(not_shell):
            continue
        joined = re.sub(r"\\\n\s*", "", _COMMENT.sub("", body))
        found += [line.strip() for line in joined.splitlines() if line.strip()]
    return [Command(_name(page), text) for text in found]


def spans_of(page: Path) -> list[str]:
    """List what stands between backticks outside of fenced blocks, tables included."""
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    return [span.replace("\\|", "|") for span in _SPAN.findall(text)]
