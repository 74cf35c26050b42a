"""An SQLite database with all tables and nobody in it, made once for all that start from there."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

_kept: list[TemporaryDirectory[str]] = []


def copy_migrated(target: Path, migrate: Callable[[str], None]) -> None:
    """Copy the database to `target`; the first time `migrate` makes it at an address."""
    if not _kept:
        folder = TemporaryDirectory(prefix="migrated-")
        migrate(f"sqlite:///{folder.name}/db.sqlite3")
        _kept.append(folder)
    shutil.copy(Path(_kept[0].name) / "db.sqlite3", target)
