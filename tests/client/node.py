"""Node of the environment (requirements-dev.txt), and what npm installed for it into var/node."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "realtime" / "static" / "realtime" / "client"
NODE = str(Path(sys.executable).with_name("node"))
NPM = str(Path(sys.executable).with_name("npm"))
MODULES = ROOT / "var" / "node" / "node_modules"


def installed(path: str) -> str:
    """Find a file below node_modules; says how it comes there when it is not."""
    found = MODULES / path
    assert found.exists(), f"{found} is missing: run `make install`"
    return str(found)
