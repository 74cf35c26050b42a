"""Folders for what nobody else on the machine may read: secrets, the database, logs."""

import os
from pathlib import Path

OTHERS = 0o077


def private_folder(path: Path) -> Path:
    """Make `path` where it is missing, and close one of ours that others could look into."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.stat()
    if found.st_uid == os.getuid() and found.st_mode & OTHERS:
        path.chmod(found.st_mode & ~OTHERS)
    return path
