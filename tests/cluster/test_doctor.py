"""One looks who was woken at night: `doctor` and `/readyz` name each cause, several at once."""

import json
import re
import resource
import subprocess
import sys
from typing import Any

from tests.cluster.cluster import Node
from tests.cluster.conftest import MakeCluster
from tests.cluster.databases import PostgreSQL
from tests.cluster.random_faults.process_faults import clock_off_by
from tests.cluster.waiting import eventually
from tests.patient_clients import call
from tests.server_process import ROOT
from tests.valkey import Valkey


def doctor(node: Node, program: tuple[str, ...] = ("manage.py",), **more: str) -> dict[str, str]:
    """Ask the doctor beside a node; what it says, with its state before it, by subject."""
    ended = subprocess.run(
        [sys.executable, *program, "doctor", "--json"],
        cwd=ROOT,
        env={**node.server._env, **more},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not ended.stderr, ended.stderr
    answer = json.loads(ended.stdout)
    assert ended.returncode == (answer["status"] == "failed")
    return {each["subject"]: f"{each['state']}: {each['says']}" for each in answer["findings"]}


def readyz(node: Node) -> dict[str, Any]:
    answer: dict[str, Any] = call("GET", f"http://127.0.0.1:{node.port}/readyz").json()
    return answer


async def test_each_cause_is_named_by_the_doctor_and_by_readyz(
    start_cluster: MakeCluster, database: PostgreSQL, valkey: Valkey
) -> None:
    (node,) = start_cluster(nodes=1, ADDRESS_HANDSHAKES_AT_ONCE="500").nodes
    resource.prlimit(node.pid, resource.RLIMIT_NOFILE, (200, 200))
    valkey.kill()
    said = doctor(node, clock_off_by(600), SECRET_KEY="another one, as `make install` makes it")
    assert said["database"].startswith("ok: PostgreSQL")
    clock = r"warning: This machine's clock is (?:599|60[01])\.\d s ahead of"
    assert re.match(clock, said["clock"])
    assert said["zone in SQL"] == "ok: PostgreSQL knows Asia/Seoul."
    assert said["secret key"].startswith("failed: SECRET_KEY is another here than at ")
    assert said["file limit"].startswith("warning: The file limit of this process is 200")
    assert said["redis"].startswith("failed: It cannot be used: ")
    assert said["processes"].startswith("ok: 1 alive")
    assert said["redis names"] == "unknown: Not looked at, since Redis cannot be used."

    told = await eventually(
        lambda: readyz(node), lambda told: told["parts"]["channel_layer"] == "degraded", 30
    )
    assert told["reasons"]["channel_layer"].startswith("Redis cannot be used: [Errno 111]")
    assert "The file limit of this process is 200" in told["warnings"][0]

    database.set("default_transaction_read_only", "on")
    told = await eventually(lambda: readyz(node), lambda told: told["status"] == "unavailable", 30)
    assert "read-only" in told["reasons"]["database"]
    said = doctor(node)
    assert said["database"].startswith("failed: The database takes no writes: it is a standby, or")
    assert said["processes"] == "unknown: Not looked at, since the database takes no writes."
    assert said["file limit"].startswith("warning: The file limit of this process is 200")
