"""What the doctor says of the processes that are alive, and of the database they share."""

import socket
import subprocess
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from realtime.models import ServerLease
from realtime.presence.secret_key_fingerprints import fingerprint, own_fingerprints
from speaktracker.clock import now
from speaktracker.doctor.database_checks import check_database, database_subjects
from speaktracker.doctor.findings import Finding
from speaktracker.doctor.process_checks import log_folders, process_findings

pytestmark = pytest.mark.django_db


def living(name: str, fingerprints: str) -> None:
    ServerLease.objects.create(
        boot_id=name,
        host=name,
        pid=7,
        process_started=1,
        renewed_at=now(),
        key_fingerprints=fingerprints,
    )


def found() -> dict[str, Finding]:
    """Look at the processes; the first finding of each subject."""
    return {finding.subject: finding for finding in reversed([*process_findings()])}


def test_processes_without_a_redis_are_deaf_and_share_one_file(settings: Settings) -> None:
    settings.REDIS_URL = ""
    assert found()["processes"].state == "off"
    living("alpha", own_fingerprints())
    assert found()["processes"].says == "1 alive: alpha:7."
    living("beta", own_fingerprints())
    assert "do not hear each other. Set it in all of them" in found()["processes"].says
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    states = [each.state for each in process_findings() if each.subject == "processes"]
    assert states == (["ok", "warning"] if connection.vendor == "sqlite" else ["ok"])


def test_a_key_of_another_is_told_apart_from_a_doctor_without_the_servers_settings() -> None:
    living("alpha", fingerprint("theirs"))
    assert "give the doctor the server's settings" in found()["secret key"].says
    living("beta", own_fingerprints())
    says = found()["secret key"].says
    assert says.startswith(
        "Processes have different SECRET_KEYs: alpha:7, beta:7. Here it is that of beta:7. Each"
    )


def test_the_disk_of_the_log_is_that_of_the_file_a_process_writes_to(tmp_path: Path) -> None:
    leases = []
    with (
        (tmp_path / "server.log").open("wb") as log,
        subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=log) as process,
    ):
        for host in (socket.gethostname(), socket.gethostname(), "elsewhere"):
            leases.append(ServerLease(host=host, pid=process.pid))
        assert log_folders(leases) == [tmp_path]
        process.kill()
    assert not log_folders(leases)


def test_a_database_in_order_is_said_to_be_and_nothing_stays() -> None:
    findings = {finding.subject: finding for finding in check_database()}
    assert not [each for each in findings.values() if each.state in ("failed", "warning")]
    assert "takes writes" in findings["database"].says
    assert not ServerLease.objects.exists()


def test_what_is_not_migrated_is_named_and_the_rest_left_alone() -> None:
    MigrationRecorder.Migration.objects.filter(app="realtime").order_by("-name")[0].delete()
    findings = {finding.subject: finding for finding in check_database()}
    assert "Migrations are missing (realtime." in findings["migrations"].says
    hidden = {name for name, each in findings.items() if each.state == "unknown"}
    assert hidden >= {"stored texts", "processes", "secret key"}
    assert findings["secret key"].says == "Not looked at, since migrations are missing."


def test_of_a_database_that_refuses_everything_that_it_hides_is_named() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE realtime_serverlease RENAME TO elsewhere")
    findings = {finding.subject: finding for finding in check_database()}
    assert findings["database"].state == "failed"
    hidden = {name for name, each in findings.items() if each.state == "unknown"}
    assert hidden == {*database_subjects()} - {"database", "file limit"}
    assert findings["processes"].says == "Not looked at, since the database cannot be used."
