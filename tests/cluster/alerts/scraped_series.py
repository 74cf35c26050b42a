"""What Prometheus would see of some servers, and which of the shipped alerts it would fire."""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import httpx

from tests.patient_clients import call

RULES = Path(__file__).resolve().parents[3] / "deploy" / "alerts.yml"
SAMPLE = re.compile(r"^(speaktracker_\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
# Scrapes that are half a minute apart: 20 minutes as at first, then seven as at last.
INTERVAL, BEFORE, AFTER = "30s", 40, 14
FIRED = 'count by (alertname) (max_over_time(ALERTS{alertstate="firing"}[%s]))'

Series = dict[str, float]


def series_of(text: str, instance: str) -> Series:
    """Read the samples of ours that a server serves, each with the server's name as a label."""
    own = f'instance="{instance}"'
    return {
        f"{name}{{{f'{labels},{own}' if labels else own}}}": float(value)
        for name, labels, value in SAMPLE.findall(text)
    }


def scrape(*urls: str) -> Series:
    """Read /metrics of each server; of one that does not answer there is nothing."""
    found: Series = {}
    for url in urls:
        try:
            found |= series_of(call("GET", f"{url}/metrics").text, url)
        except httpx.TransportError:
            continue
    return found


def value(series: Series, start: str) -> float:
    """Add up the samples whose name and labels start like this; -1 where there are none."""
    found = [sample for name, sample in series.items() if name.startswith(start)]
    return sum(found) if found else -1.0


def assert_fires(folder: Path, before: Series, after: Series, alerts: Iterable[str]) -> None:
    """Have Prometheus' own rules see `before` and then `after`: nothing, then these alerts.

    Each stands for long enough that `for` and the windows of the rules are over.
    """
    expected = [{"labels": f'{{alertname="SpeakTracker{name}"}}', "value": 1} for name in alerts]
    text = RULES.read_text(encoding="utf-8")
    cases = folder / "scraped.json"
    content = {
        "rule_files": [str(RULES)],
        "evaluation_interval": INTERVAL,
        "tests": [
            {
                "interval": INTERVAL,
                "input_series": [
                    {"series": name, "values": _values(before.get(name), after.get(name))}
                    for name in sorted(before | after)
                    if name.partition("{")[0] in text
                ],
                "promql_expr_test": [
                    {"expr": FIRED % "15m", "eval_time": "20m", "exp_samples": []},
                    {"expr": FIRED % "6m", "eval_time": "27m", "exp_samples": expected},
                ],
            }
        ],
    }
    cases.write_text(json.dumps(content))  # which is YAML, too
    done = subprocess.run(
        ["promtool", "test", "rules", str(cases)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _values(before: float | None, after: float | None) -> str:
    first = f"_x{BEFORE + 1}" if before is None else f"{before:f}x{BEFORE}"
    return f"{first} stale" if after is None else f"{first} {after:f}x{AFTER}"
