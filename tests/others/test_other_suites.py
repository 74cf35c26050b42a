"""channels-redis' and daphne's tests on our layers and our server: every difference is known."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.others.archives import ROOT, unpacked
from tests.valkey import running_valkey

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
SECONDS = 600
QUIET = [f"no:{name}" for name in ("randomly", "xdist", "django", "cacheprovider", "cov")]


def known_differences(run: str) -> dict[str, str]:
    """Read which tests of a run fail, and why."""
    lines = (Path(__file__).parent / "differences.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(None, 2) for line in lines if line and not line.startswith("#")]
    return {test: reason for name, test, reason in rows if name == run}


def failures(
    project: str, files: list[str], plugin: str, folder: Path, **settings: str
) -> set[str]:
    """Run `files` of a project's suite with a plugin of ours; return what failed."""
    sources, report = unpacked(project), folder / "report.xml"
    plugins = [word for name in (f"tests.others.{plugin}", *QUIET) for word in ("-p", name)]
    words = [
        sys.executable,
        "-m",
        "pytest",
        *plugins,
        f"--junitxml={report}",
        "--timeout=60",
        "--tb=native",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), **settings}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    ended = subprocess.run(
        [*words, *(f"tests/{name}.py" for name in files)],
        cwd=sources,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    cases = list(ElementTree.parse(report).iter("testcase"))
    assert len(cases) > 15, ended.stdout
    failed = [case for case in cases if {"failure", "error"} & {part.tag for part in case}]
    return {f"{case.get('classname', '').split('.')[1]}::{case.get('name')}" for case in failed}


def agrees(run: str, failed: set[str]) -> None:
    """See that just what is listed has failed."""
    known = known_differences(run)
    assert not failed - set(known), "These fail and stand not in differences.txt."
    assert not set(known) - failed, "These pass by now: take them out of differences.txt."


@pytest.mark.parametrize(
    ("layer", "files"), [("ours", ["test_core", "test_pubsub"]), ("stock", ["test_pubsub"])]
)
def test_channels_redis_finds_its_layers_in_ours(
    tmp_path: Path, layer: str, files: list[str]
) -> None:
    with running_valkey() as server:
        settings = {"ON_LAYER": layer, "ON_REDIS": server.url}
        agrees(layer, failures("channels_redis", files, "on_our_layers", tmp_path, **settings))


@pytest.mark.parametrize(("frames", "is_fast"), [("fast", "1"), ("slow", "0")])
def test_daphne_finds_its_server_in_ours(tmp_path: Path, frames: str, is_fast: str) -> None:
    files = ["test_http_request", "test_http_response", "test_websocket"]
    settings = {"ON_FAST_FRAMES": is_fast}
    agrees(frames, failures("daphne", files, "on_our_server", tmp_path, **settings))
