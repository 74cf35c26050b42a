"""This machine: its folders, their disks, and the time zone data."""

import os
import shutil
import sys
import tempfile
import zoneinfo
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from speaktracker.configuration.private_folder import OTHERS
from speaktracker.doctor.findings import Finding, State, judged

_MIB: Final = 1024 * 1024
# Of a disk: with less, soon and now.
SOON_FULL_MIB, FULL_MIB = 1024, 50


def check_machine() -> Iterator[Finding]:
    """Look at what needs no network."""
    folder = Path(settings.STATE_DIR)
    yield judged("state folder", folder_trouble(folder), f"{folder} is ours alone.")
    for place in dict.fromkeys((folder, database_folder() or folder)):
        yield disk_finding(place)
    yield time_zone_finding()


def folder_trouble(folder: Path) -> str:
    """Say in a sentence why `folder` cannot be used, or is not private; empty if all is well."""
    try:
        found = folder.stat()
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return f"{folder} cannot be written: {error.strerror}. Give it to who runs the server."
    if found.st_mode & OTHERS:
        return f"Others may look into {folder}, which holds secrets: `chmod 700 {folder}`."
    key = folder / "secret_key"
    if key.is_file() and key.stat().st_mode & OTHERS:
        return f"Others may read {key}: `chmod 600 {key}`, and make a new one if they did."
    return ""


def database_folder() -> Path | None:
    """Find the folder of the SQLite file; None where the records are elsewhere."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        return None
    return Path(str(database["NAME"])).resolve().parent


def disk_finding(folder: Path, subject: str = "disk") -> Finding:
    """Look how much room is left for `folder`, for who is not root."""
    try:
        free = shutil.disk_usage(folder).free // _MIB
        nodes = os.statvfs(folder)
    except OSError as error:
        return Finding(subject, "failed", f"{folder} cannot be looked at: {error.strerror}.")
    if nodes.f_files and not nodes.f_favail:
        return Finding(subject, "failed", f"No file can be made on the disk of {folder} any more.")
    trouble = f"The disk of {folder} has {free} MiB left: make room."
    state: State = "failed" if free < FULL_MIB else "warning"
    well = f"{free // 1024} GiB are free for {folder}."
    return judged(subject, trouble if free < SOON_FULL_MIB else "", well, state)


def time_zone_finding() -> Finding:
    """Say what time it is at the school, and whose data say so."""
    now = datetime.now(zoneinfo.ZoneInfo(settings.SCHOOL_TIME_ZONE))
    folders = [path for path in zoneinfo.TZPATH if (Path(path) / "UTC").exists()]
    source = folders[0] if folders else f"the package tzdata of {Path(sys.prefix).name}"
    says = f"It is {now:%H:%M} (UTC{now:%z}) in {settings.SCHOOL_TIME_ZONE}, as {source} has it."
    return Finding("time zone", "ok", says)
