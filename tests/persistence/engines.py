"""DynamoDB-compatible servers for tests: ministack from PyPI, and dynalite where Node is."""

import fcntl
import shutil
import subprocess
from pathlib import Path

import httpx
from django.conf import settings

from speaktracker.devstack.child_processes import Server
from speaktracker.devstack.ports import free_port
from speaktracker.devstack.stack_servers import ministack
from tests.patient_clients import call

DYNALITE = "dynalite@4.0.0"
NAMES = ["ministack", *(["dynalite"] if shutil.which("npm") else [])]


def engine(name: str) -> Server:
    """Describe the server called `name`."""
    return ministack() if name == "ministack" else dynalite()


def dynalite() -> Server:
    """Describe a dynalite, installed at its first use."""
    folder = Path(settings.STATE_DIR) / "node"
    program = folder / "node_modules" / "dynalite" / "cli.js"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            words = ["npm", "install", "--silent", "--no-audit", "--no-fund", DYNALITE]
            subprocess.run([*words, "--prefix", str(folder)], check=True, timeout=100)
    port = free_port()
    words = ["node", str(program), "--host", "127.0.0.1", "--port", str(port)]
    words += ["--createTableMs", "20", "--updateTableMs", "20", "--deleteTableMs", "20"]
    return Server("dynalite", words, port, _answers)


def _answers(port: int) -> bool:
    try:
        call("GET", f"http://127.0.0.1:{port}/")
    except httpx.TransportError:
        return False
    return True
