"""`manage.py simulate` against a real server process."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.server_process import ROOT, ServerProcess

pytestmark = pytest.mark.xdist_group("simulation-command")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with 2 tutors and 12 students."""
    running = ServerProcess(tmp_path_factory.mktemp("server"))
    running.migrate()
    running.manage("seed_demo", "--tutors", "2", "--students", "12")
    with running:
        yield running


def simulate(server: ServerProcess, *arguments: str, **env: str) -> subprocess.Popen[str]:
    """Start the command on the server's own database, or another one by `env`."""
    command = [sys.executable, "-u", "manage.py", "simulate", "--url", server.url, *arguments]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**server._env, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.e2e
def test_a_class_practises_and_nothing_is_lost(server: ServerProcess, tmp_path: Path) -> None:
    people = ("--tutors", "2", "--students", "12", "--first-student", "3")
    figures_file = tmp_path / "figures.json"
    work = ("--rate", "20", "--seconds", "4", "--feedback", "2", "--json", str(figures_file))
    output, errors = simulate(server, *people, *work).communicate(timeout=90)
    figures = json.loads(figures_file.read_text())
    status, feedback = figures["status"], figures["feedback"]
    assert figures["ok"], errors
    assert "Nothing was lost or out of order." in output
    assert status["sent"] == status["delivered"] + status["conflated"] > 0
    assert feedback["given"] == feedback["delivered"] > 0
    assert figures["latency_ms"]["ack"]["count"] == status["sent"]
    assert figures["errors"] == {}


@pytest.mark.e2e
def test_sigterm_ends_with_the_table(server: ServerProcess) -> None:
    process = simulate(server, "--tutors", "2", "--students", "2", "--seconds", "0")
    assert process.stdout
    assert any("practises until stopped" in line for line in iter(process.stdout.readline, ""))
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    assert "Throughput and loss" in output


@pytest.mark.e2e
def test_strangers_sign_in_by_password(server: ServerProcess, tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    people = ("--tutors", "1", "--students", "1", "--rate", "5", "--seconds", "1")
    process = simulate(server, *people, DATABASE_URL=elsewhere)
    output, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    assert "Nothing was lost" in output


@pytest.mark.soak
@pytest.mark.e2e
def test_a_key_of_another_server_falls_back_to_the_password(server: ServerProcess) -> None:
    key = "another-key-another-key-another-key-another-key"
    people = ("--tutors", "1", "--students", "1", "--seconds", "1")
    process = simulate(server, *people, SECRET_KEY=key)
    _, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors


@pytest.mark.e2e
def test_people_who_do_not_exist_are_one_sentence(server: ServerProcess) -> None:
    process = simulate(server, "--tutors", "2", "--students", "13")
    _, errors = process.communicate(timeout=90)
    assert process.returncode == 2
    assert "run manage.py seed_demo --tutors 2 --students 13 on the server." in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"rate": 101, "students": 10}, "--rate 101 is 10.1 a second for each of 10 people"),
        ({"feedback": 5, "tutors": 2}, "--feedback 5 is 2.5 a second for each of 2 people"),
        ({"feedback": 3, "students": 5}, "--feedback 3 is 0.6 a second for each of 5 people"),
        ({"url": "ftp://example.com"}, "--url ftp://example.com is not an address"),
        ({"students": 2, "first_student": 3}, "--students at least --first-student"),
        ({"rate": -1}, "must not be negative"),
    ],
)
def test_what_cannot_be_is_one_sentence(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence.replace(".", r"\.")) as refusal:
        call_command("simulate", **wrong)
    assert refusal.value.returncode == 2
