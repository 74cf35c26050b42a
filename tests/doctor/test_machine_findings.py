"""What the doctor says of folders, files and settings of this machine."""

import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from pytest_django import Settings

from realtime.models import ServerLease
from realtime.presence.server_leases import _started
from speaktracker.doctor.file_limit_check import file_limit_finding
from speaktracker.doctor.machine_checks import disk_finding, folder_trouble
from speaktracker.doctor.settings_checks import contradictions, system_checks

Usage = namedtuple("Usage", "free")


def test_a_folder_that_others_may_look_into_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert not folder_trouble(tmp_path)
    (tmp_path / "secret_key").write_text("secret")
    (tmp_path / "secret_key").chmod(0o644)
    assert "chmod 600" in folder_trouble(tmp_path)
    tmp_path.chmod(0o755)
    assert "chmod 700" in folder_trouble(tmp_path)
    assert "cannot be written: No such file" in folder_trouble(tmp_path / "none")


@pytest.mark.parametrize(("free_mib", "state"), [(9_000, "ok"), (900, "warning"), (9, "failed")])
def test_a_disk_that_fills_is_told_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mib: int, state: str
) -> None:
    usage = Usage(free_mib * 1024 * 1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert disk_finding(tmp_path).state == state


def test_the_file_limit_of_living_processes_counts(settings: Settings) -> None:
    mine = ServerLease(pid=os.getpid(), process_started=_started(os.getpid()))
    assert "lowest of the processes here" in file_limit_finding([mine]).says
    assert "lowest here" in file_limit_finding([ServerLease(pid=1, process_started=1)]).says
    settings.DATABASE_POOL_SIZE = 10**9
    assert file_limit_finding([mine]).state == "warning"


@pytest.mark.parametrize(
    ("values", "state", "says"),
    [
        ({"PUBLIC_URL": "http://localhost:8000"}, None, ""),
        ({"PUBLIC_URL": "http://class.example"}, "warning", "passwords cross the network"),
        ({"IS_HTTPS": True, "DEBUG": True}, "failed", "DEBUG is on for people"),
        ({"IS_HTTPS": True}, "failed", "TRUSTED_PROXIES names nobody"),
        ({"SECRET_KEY_FALLBACKS": ["one"]}, "warning", "names SECRET_KEY itself"),
    ],
)
def test_settings_that_contradict_are_told(
    settings: Settings, values: dict[str, object], state: str | None, says: str
) -> None:
    settings.SECRET_KEY = "one"
    for name, value in values.items():
        setattr(settings, name, value)
    found = list(contradictions())
    assert [finding.state for finding in found][:1] == ([state] if state else [])
    assert not found or says in found[0].says


def test_a_mirror_without_a_region_is_told_as_the_start_does(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    settings.MIRROR, settings.AWS_REGION = "dynamodb", ""
    assert "AWS_REGION is missing" in next(system_checks()).says
