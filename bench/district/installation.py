"""Everything that an installation has, each part a program whose CPU is read by itself."""

import os
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import psutil

from bench import machine
from bench.district.component_readings import Reading
from bench.district.district_size import DistrictSize
from bench.district.postgresql_server import PostgresqlServer
from bench.district.redis_nodes import RedisNodes
from bench.systems.child_servers import ChildServer, NotStarted, free_port
from bench.systems.connector import Connector
from bench.systems.product import ROOT, Product

# Credentials that an emulator asks nobody about.
AWS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_REGION": "us-east-1"}
MIRROR_ITEMS = "speaktracker_mirror_items_total"
WAITING = (
    "/* bench: */ SELECT count(*) FROM persistence_change"
    " WHERE done_at IS NULL AND set_aside_at IS NULL"
)
STUDENTS_IN_CLASS = "/* bench: */ SELECT count(*) FROM realtime_presence WHERE in_class"
SERVER, DRIVER = "server processes", "the load"


class Installation:
    """PostgreSQL, Redis, a DynamoDB emulator and our server with its mirror, on all cores."""

    def __init__(self, size: DistrictSize, folder: Path) -> None:
        """Start all, and seed the people; raises NotStarted."""
        self.size = size
        folder.mkdir(parents=True, exist_ok=True)
        self.postgresql = PostgresqlServer(folder)
        self.redis = RedisNodes(folder, is_cluster=size.redis == "cluster")
        self.dynamodb = run_dynamodb(folder)
        self.product = Product(
            self.redis.servers[0].port, folder / "district", variables=self._variables(size)
        )
        self.product.folder.mkdir(parents=True)
        self.product.call(["manage.py", "migrate", "--verbosity=0"])
        self.product.call(["manage.py", "create_tables"])
        self.product.call(["-m", "bench.people", "district", str(size.students), str(size.tutors)])
        self.tokens = self.product.sign_tokens()
        started = self.product.serve(size.processes, cores=machine.ALL_CORES)
        self.server: ChildServer = started.server
        self.connector: Connector = started.connector

    def _variables(self, size: DistrictSize) -> Mapping[str, str]:
        return {
            **AWS,
            "DATABASE_URL": self.postgresql.url,
            "REDIS_URL": self.redis.url,
            "MIRROR": "dynamodb",
            "DYNAMODB_ENDPOINT_URL": f"http://127.0.0.1:{self.dynamodb.port}",
            "STACK": "bench",
            "SESSION_MIRROR_SECONDS": str(size.mirror_seconds),
        }

    def read(self) -> Reading:
        """Read every counter of every part."""
        parts = {
            SERVER: [self.server],
            "PostgreSQL": [self.postgresql.server],
            "Valkey": self.redis.servers,
            "DynamoDB's emulator": [self.dynamodb],
        }
        cpu = {
            name: sum(cpu_of(child.pid) for child in children) for name, children in parts.items()
        }
        publishes, publish_seconds = self.redis.publications()
        return Reading(
            cpu={**cpu, DRIVER: cpu_of(os.getpid(), alone=True)},
            statements=self.postgresql.statements(),
            wal_bytes=self.postgresql.wal_bytes(),
            publishes=publishes,
            publish_seconds=publish_seconds,
            mirrored=self._mirrored(),
        )

    def _mirrored(self) -> int:
        address = f"http://127.0.0.1:{self.server.port}/metrics"
        with urllib.request.urlopen(address, timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        return sum(int(float(line.split()[-1])) for line in lines if line.startswith(MIRROR_ITEMS))

    def waiting_for_mirror(self) -> int:
        """Count the changes that DynamoDB still waits for."""
        return self.postgresql.number(WAITING)

    def students_in_class(self) -> int:
        """Count who is in class by SQL."""
        return self.postgresql.number(STUDENTS_IN_CLASS)

    def memory_kib(self) -> float:
        """Tell what the server processes hold."""
        return self.server.memory_kib

    def stop(self) -> None:
        """End all, who uses another before that."""
        self.server.stop()
        self.postgresql.stop()
        self.dynamodb.stop()
        self.redis.stop()


def run_dynamodb(folder: Path) -> ChildServer:
    """Start the emulator that the product's own environment has, in memory."""
    program = ROOT / ".venv" / "bin" / "ministack"
    if not program.exists():
        raise NotStarted("ministack is missing: run `make install`, which installs it")
    port = free_port()
    variables = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "IOT_MTLS_ENABLED": "0"}
    variables |= {"SFTP_ENABLED": "0", "PERSIST_STATE": "0"}
    log = folder / "dynamodb.log"
    return ChildServer([program], port, log, variables, machine.ALL_CORES)


def cpu_of(pid: int, *, alone: bool = False) -> float:
    """Add up the CPU seconds of a program, its children (`alone`: without) and those that ended."""
    everyone = [psutil.Process(pid)] if alone else machine.tree(pid)
    ended = 0.0 if alone else sum(psutil.Process(pid).cpu_times()[2:4])
    return machine.cpu_seconds(everyone) + ended
