"""The shipped alert rules fire when they must, and ask for metrics that there are."""

import re
import subprocess
import time
from pathlib import Path

import yaml
from prometheus_client import REGISTRY, generate_latest

from speaktracker import metrics

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def test_each_alert_fires_and_none_on_an_ordinary_day() -> None:
    done = subprocess.run(
        ["promtool", "test", "rules", str(DEPLOY / "alerts.test.yml")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_ask_for_metrics_that_are_served() -> None:
    metrics.status_delay(time.time() - 0.1)(True)
    served = set(re.findall(r"^(\w+)", generate_latest(REGISTRY).decode(), re.MULTILINE))
    rules = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"][0]["rules"]
    for rule in rules:
        for name in re.findall(r"speaktracker_\w+", rule["expr"]):
            assert name in served, name
