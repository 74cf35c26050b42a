"""`python -m tests.pictures.board_picture`: the operators' dashboard, as a demo fills it.

Grafana draws it from the same file; here Prometheus answers the file's own queries.
"""

import asyncio
import json
import math
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from speaktracker.devstack.ports import free_port
from tests.devstack.demo_process import DemoProcess
from tests.e2e.browser import PASSWORD, launch
from tests.patient_clients import blocking_connect, call
from tests.pictures.film import write_picture
from tests.pictures.panel_drawing import Series, legend_of, page
from tests.server_process import ROOT

DASHBOARD = json.loads((ROOT / "deploy/grafana/speaktracker.json").read_text(encoding="utf-8"))
PICTURE = ROOT / "docs" / "pictures" / "operators-board.webp"
SECONDS = 330  # a little more than the five minutes that most queries look back
STEP = 5  # seconds between two scrapes
FOREIGN = "student2@example.com"  # tutor2's


@contextmanager
def prometheus(folder: Path, url: str) -> Iterator[str]:
    """Run a Prometheus that scrapes the server at `url`; gives its own address."""
    target = {"targets": [url.removeprefix("http://")]}
    scraped = {"job_name": "speaktracker", "static_configs": [target]}
    settings = {"global": {"scrape_interval": f"{STEP}s"}, "scrape_configs": [scraped]}
    (folder / "prometheus.yml").write_text(json.dumps(settings))  # which is YAML, too
    address = f"127.0.0.1:{free_port()}"
    options = {
        "config.file": folder / "prometheus.yml",
        "storage.tsdb.path": folder / "series",
        "web.listen-address": address,
        "log.level": "error",
    }
    command = ["prometheus", *(f"--{name}={value}" for name, value in options.items())]
    with subprocess.Popen(command) as process:
        try:
            yield f"http://{address}"
        finally:
            process.terminate()


def come_and_be_refused(url: str) -> None:
    """Let a tutor come and go, and have what they do wrong and a bad token refused."""
    signs_in = {"email": "tutor1@example.com", "password": PASSWORD}
    token = call("POST", f"{url}/api/auth/token", json=signs_in).json()["access"]
    bearer = {"Authorization": f"Bearer {token}"}
    address = f"{url}/ws/".replace("http", "ws", 1)
    for head in (bearer, {"Authorization": "Bearer none of ours"}):
        with blocking_connect(address, additional_headers=head) as socket:
            socket.recv()
    body = {"student_email": FOREIGN, "session_id": "s", "message": "?", "message_type": "text"}
    call("POST", f"{url}/api/tutor/feedback", json=body, headers=bearer)
    call("POST", f"{url}/api/auth/token", json={"email": FOREIGN, "password": "wrong"})


def series_of(prometheus_url: str, panel: dict[str, Any], since: float) -> Iterator[Series]:
    """Ask what Grafana would ask for one panel, from `since` (epoch s) until now."""
    for target in panel["targets"]:
        asked = {"query": target["expr"], "start": since, "end": time.time(), "step": STEP}
        answer = call("GET", f"{prometheus_url}/api/v1/query_range", params=asked).json()
        for one in answer["data"]["result"]:
            read = {int(second): float(value) for second, value in one["values"]}
            values = {second: value for second, value in read.items() if math.isfinite(value)}
            if values:
                yield legend_of(target["legendFormat"], one["metric"]), values


async def screenshot(html: str) -> bytes:
    """Show a page in a browser; answers its picture, from top to bottom."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        shown = await browser.new_page(viewport={"width": 1280, "height": 800})
        await shown.set_content(html)
        taken = await shown.screenshot(full_page=True)
        await browser.close()
    return taken


def main() -> None:
    """Watch a class of the demo for some minutes, with refusals, and write the picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with DemoProcess(folder, in_a_stack=True, students=14) as demo:
            url = demo.url()
            with prometheus(folder, url) as watching:
                since = time.time()
                while time.time() < since + SECONDS:
                    if time.time() > since + SECONDS / 3:
                        come_and_be_refused(url)
                    time.sleep(2 * STEP)  # what is drawn is time itself
                found = [(p, [*series_of(watching, p, since)]) for p in DASHBOARD["panels"]]
            demo.press_ctrl_c()
            demo.ended()
    write_picture(asyncio.run(screenshot(page(DASHBOARD, found))), PICTURE)
    empty = [panel["title"] for panel, series in found if not series]
    assert not empty, f"these panels have nothing to show: {empty}"


if __name__ == "__main__":
    main()
