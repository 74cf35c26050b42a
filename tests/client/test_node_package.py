"""The client as npm packs it, in Node: 22 with its own WebSocket, below with one handed in."""

import subprocess
from pathlib import Path

import pytest

from tests.client.conftest import Elsewhere
from tests.client.node import NODE

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("client")]
# Node 22 without what Node 20 is without.
OLDER = "--no-experimental-websocket"
CONNECT = """
import { ClassroomClient } from "speaktracker-client";
const client = new ClassroomClient({ url: "ws://127.0.0.1:9/ws/" });
client.addEventListener("state", ({ detail }) => {
  console.log(detail.state);
  if (detail.state === "waiting") client.close();
});
client.connect();
"""


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Node in the program's folder."""
    return subprocess.run(
        [NODE, *arguments], cwd=program, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(("pair", "extra"), [(1, []), (2, ["ws"])], ids=["own", "ws"])
def test_a_student_and_a_tutor_in_node(
    program: Path, elsewhere: Elsewhere, pair: int, extra: list[str]
) -> None:
    source = Path(__file__).with_name("program.mjs").read_text(encoding="utf-8")
    (program / "program.mjs").write_text(source, encoding="utf-8")
    people = [f"student{pair}@example.com", f"tutor{pair}@example.com"]
    options = [OLDER] if extra else []
    done = run(program, *options, "program.mjs", elsewhere.server.url, *people, *extra)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the tutor reads: How is this said?" in done.stdout
    assert "the student reads: Like this." in done.stdout
    assert '"client": "speaktracker-js/' in elsewhere.server.log.read_text()


def test_below_node_22_it_is_said_in_words_and_not_tried_again(program: Path) -> None:
    done = run(program, OLDER, "--input-type=module", "--eval", CONNECT)
    assert done.returncode == 1
    assert "WebSocket is not available: Node 22 or newer, or pass `WebSocket`" in done.stderr
    assert not done.stdout


def test_a_server_that_is_not_there_is_a_fault_of_the_network(program: Path) -> None:
    done = run(program, "--input-type=module", "--eval", CONNECT)
    assert done.stdout.split() == ["connecting", "waiting", "idle"], done.stderr
    assert done.returncode == 0
