"""Programs of other people that post to sockets, as they are: the AWS CLI, AWS's SDK in node."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.client.node import MODULES, NODE, installed
from tests.cluster.management_calls import REGION, SECRET

AWS = str(Path(sys.executable).with_name("aws"))
PROGRAM = Path(__file__).with_name("management_sdk.mjs")
SECONDS = 60


def by_cli(port: int, call: str, connection_id: str, *more: str) -> tuple[int, str]:
    """Run one command of the AWS CLI; return its exit code, and what it said."""
    words = [AWS, "apigatewaymanagementapi", call, "--connection-id", connection_id, *more]
    words += ["--endpoint-url", f"http://127.0.0.1:{port}/prod", "--output", "json"]
    keys = {"AWS_ACCESS_KEY_ID": "AKIDNEW", "AWS_SECRET_ACCESS_KEY": SECRET}
    environment = {**os.environ, **keys, "AWS_DEFAULT_REGION": REGION, "AWS_MAX_ATTEMPTS": "1"}
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return done.returncode, done.stdout + done.stderr


def by_sdk(folder: Path, port: int, connection_id: str, closing: str) -> dict[str, Any]:
    """Run the program of node, in a folder that has the SDK as npm put it there."""
    installed("@aws-sdk/client-apigatewaymanagementapi")
    (folder / "node_modules").symlink_to(MODULES)
    program = folder / PROGRAM.name
    program.write_bytes(PROGRAM.read_bytes())
    words = [NODE, str(program), f"http://127.0.0.1:{port}/prod", connection_id, closing]
    done = subprocess.run(
        [*words, "AKIDNEW", SECRET], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    outcomes: dict[str, Any] = json.loads(done.stdout)
    return outcomes
