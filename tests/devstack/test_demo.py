"""`make run` as people meet it: a taken port, a chosen one, a server that dies, Ctrl-C."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from speaktracker.devstack.ports import free_port
from tests.devstack.demo_process import DemoProcess
from tests.patient_clients import call
from tests.server_process import ROOT

pytestmark = pytest.mark.e2e


@pytest.fixture
def somebody_elses_port() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def all_have_ended(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=30)
    return not alive


def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path, somebody_elses_port: int) -> None:
    with DemoProcess(tmp_path, somebody_elses_port) as demo:
        assert demo.ended() == 1
    assert demo.output == (
        f"CommandError: Port {somebody_elses_port} of this machine is taken: "
        f"stop what listens there, or choose another, as in `make run PORT=8010`.\n"
    )


def test_the_stack_does_not_start_for_a_taken_port(
    tmp_path: Path, somebody_elses_port: int
) -> None:
    with DemoProcess(tmp_path, somebody_elses_port, in_a_stack=True) as demo:
        assert demo.ended() == 1
    assert demo.output.startswith(f"Port {somebody_elses_port} of this machine is taken")
    assert demo.output.count("\n") == 1


@pytest.mark.soak
def test_the_demo_answers_on_the_port_that_was_chosen(tmp_path: Path) -> None:
    port = free_port()
    with DemoProcess(tmp_path, port) as demo:
        assert demo.url() == f"http://127.0.0.1:{port}"
        assert call("GET", f"http://127.0.0.1:{port}/healthz").status_code == 200


def test_make_hands_the_port_on() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "run", "PORT=8010"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "--port 8010 -- " in done.stdout
    assert done.stdout.rstrip().endswith("demo --port 8010")


def test_a_server_that_dies_is_told_with_its_last_lines(tmp_path: Path) -> None:
    with DemoProcess(tmp_path) as demo:
        demo.url()
        started = demo.descendants()
        with demo.log.open("a") as log:
            log.write("the last thing that it said\n")
        demo.server().send_signal(signal.SIGKILL)
        assert demo.ended() == 1
    assert "The server has ended by itself (SIGKILL)" in demo.output
    assert str(demo.log) in demo.output
    assert "the last thing that it said" in demo.output
    assert all_have_ended(started)


@pytest.mark.soak
def test_a_server_that_does_not_start_is_told_with_its_last_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAST_FRAMES", "perhaps")
    with DemoProcess(tmp_path) as demo:
        assert demo.ended() == 1
    assert "The server did not start" in demo.output
    assert str(demo.log) in demo.output
    assert "FAST_FRAMES must be 1 or 0" in demo.output


@pytest.mark.parametrize("in_a_stack", [pytest.param(False, marks=pytest.mark.soak), True])
def test_ctrl_c_ends_everything(tmp_path: Path, in_a_stack: bool) -> None:
    with DemoProcess(tmp_path, in_a_stack=in_a_stack) as demo:
        demo.url()
        started = demo.descendants()
        demo.press_ctrl_c()
        assert demo.ended() == 0
    assert demo.output.endswith("Stopped.\n")
    assert all_have_ended(started)


@pytest.mark.soak
def test_ctrl_c_while_the_stack_starts_ends_everything(tmp_path: Path) -> None:
    with DemoProcess(tmp_path, in_a_stack=True) as demo:
        demo.read_until("(Made the table)")
        started = demo.descendants()
        demo.press_ctrl_c()
        assert demo.ended() == 130
    assert demo.output.endswith("Stopped.\n")
    assert all_have_ended(started)
