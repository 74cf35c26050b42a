"""The shipped alert rules fire when they must, ask for metrics that there are, and are explained.

So does the dashboard.
"""

import json
import re
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY, generate_latest

from speaktracker import metrics

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
RULES = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
NAMES = [rule["alert"] for rule in RULES]
CASES = yaml.safe_load((DEPLOY / "alerts.test.yml").read_text(encoding="utf-8"))["tests"]


def queries_of_the_dashboard() -> list[str]:
    dashboard = json.loads((DEPLOY / "grafana" / "speaktracker.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *words], capture_output=True, text=True, timeout=60, check=False
    )


def runbook() -> dict[str, str]:
    """Read what the page for operators says of each alert, by the alert's name."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page.split("### When an alert fires\n", 1)[1].split("\n### ", 1)[0]
    parts = re.split(r"^#### (\w+)\n", section, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_each_alert_fires_and_none_on_an_ordinary_day() -> None:
    done = promtool("test", "rules", str(DEPLOY / "alerts.test.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    firing = [str(case["promql_expr_test"]) for case in CASES]
    for name in NAMES:
        assert {name in said for said in firing} == {True, False}, name


def test_each_alert_has_its_condition_made_on_a_running_server() -> None:
    folder = ROOT / "tests" / "cluster" / "alerts"
    made = "".join(path.read_text(encoding="utf-8") for path in folder.glob("test_*.py"))
    assert not [name for name in NAMES if f'"{name.removeprefix("SpeakTracker")}"' not in made]


@pytest.mark.parametrize("query", [*(rule["expr"] for rule in RULES), *queries_of_the_dashboard()])
def test_the_rules_and_the_dashboard_ask_for_metrics_that_are_served(query: str) -> None:
    metrics.status_delay(time.time() - 0.1)(True)
    served = set(re.findall(r"^(\w+)", generate_latest(REGISTRY).decode(), re.MULTILINE))
    asked = set(re.findall(r"(?:speaktracker|process)_\w+", query))
    assert asked
    assert asked <= served


def test_each_query_of_the_dashboard_is_one_that_prometheus_reads(tmp_path: Path) -> None:
    queries = queries_of_the_dashboard()
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries)]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "x", "rules": rules}]}))
    checked = promtool("check", "rules", str(tmp_path / "rules.yml"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_dashboard_counts_processes_and_not_their_addresses(tmp_path: Path) -> None:
    served = {
        'speaktracker_database_up{job="ours",instance="two workers"}': 1,
        'process_start_time_seconds{job="ours",instance="two workers",pid="7"}': 100,
        'process_start_time_seconds{job="ours",instance="two workers",pid="8"}': 100,
        'speaktracker_database_up{job="ours",instance="alone"}': 1,
        'process_start_time_seconds{job="ours",instance="alone"}': 100,
        'process_start_time_seconds{job="prometheus",instance="itself"}': 100,
    }
    series = [{"series": name, "values": str(value)} for name, value in served.items()]
    (query,) = (query for query in queries_of_the_dashboard() if "process_start" in query)
    asked = {"expr": query, "eval_time": "0s", "exp_samples": [{"labels": "{}", "value": 3}]}
    case = {"interval": "30s", "input_series": series, "promql_expr_test": [asked]}
    (tmp_path / "case.yml").write_text(json.dumps({"tests": [case]}))
    counted = promtool("test", "rules", str(tmp_path / "case.yml"))
    assert counted.returncode == 0, counted.stdout + counted.stderr


def test_each_alert_stands_in_the_runbook_in_its_order_and_no_other() -> None:
    assert list(runbook()) == NAMES


def test_the_runbook_says_what_one_sees_why_and_what_to_do() -> None:
    for rule in RULES:
        said = runbook()[rule["alert"]]
        assert all(word in said for word in ("**You see**", "**Why**", "**Do**")), rule["alert"]
        assert ("*Critical.*" in said) is (rule["labels"]["severity"] == "critical"), rule["alert"]
