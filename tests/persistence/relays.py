"""Relays in processes of their own, and how the keys are divided among them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings as product
from django.db import connection, transaction
from django.db.models.functions import Now

from speaktracker.persistence.models import RelayLease

ROOT = Path(__file__).resolve().parents[2]


def database_url() -> str:
    """Name this test's own database for another process."""
    place: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    user, host, port = place["USER"], place["HOST"] or "localhost", place["PORT"] or 5432
    return f"postgres://{user}:{place['PASSWORD']}@{host}:{port}/{place['NAME']}"


@contextmanager
def relay_process(tree: Path = ROOT) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a relay over the shelf, of the sources in `tree`; it is killed in the end."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "MIRROR": "dynamodb",
        "STACK": product.STACK,
        "AWS_REGION": product.AWS_REGION,
        "DYNAMODB_ENDPOINT_URL": product.DYNAMODB_ENDPOINT_URL,
    }
    words = [sys.executable, "-m", "tests.persistence.relay_process"]
    with subprocess.Popen(words, env=environment, cwd=tree, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def stop_between_transactions(process: "subprocess.Popen[bytes]") -> None:
    """Stop a relay's process while it holds no lock of the database."""
    with transaction.atomic():
        list(RelayLease.objects.select_for_update())
        process.send_signal(signal.SIGSTOP)


def shares_by_process() -> dict[int, int]:
    """Count the shares of each process that has any, by its number."""
    rows = RelayLease.objects.filter(expires_at__gt=Now()).exclude(shares="")
    return {
        int(owner.split(":")[1]): len(shares.split())
        for owner, shares in rows.values_list("owner", "shares")
    }
