"""Processes with different secrets notice each other; a secret that is changed alarms nobody."""

import socket

import pytest
from django.test import AsyncClient
from pytest_django import Settings

from realtime.models import ServerLease
from realtime.presence import server_leases
from realtime.presence.secret_key_fingerprints import (
    fingerprint,
    own_fingerprints,
    understand_each_other,
)
from realtime.presence.server_leases import ProcessLease
from speaktracker import db
from speaktracker.clock import now

pytestmark = pytest.mark.django_db(transaction=True)


def prints(*secrets: str) -> str:
    return ",".join(map(fingerprint, secrets))


@pytest.mark.parametrize(
    ("one", "other", "fine"),
    [
        (("old",), ("old",), True),
        (("old",), ("old", "new"), True),
        (("old", "new"), ("new", "old"), True),
        (("new", "old"), ("new",), True),
        (("old",), ("new", "old"), False),  # a step was left out
        (("old",), ("new",), False),
        (("old",), (), True),  # the release before this one tells nothing
    ],
)
def test_a_change_in_three_steps_alarms_nobody(
    one: tuple[str, ...], other: tuple[str, ...], fine: bool
) -> None:
    assert understand_each_other(prints(*one), prints(*other)) is fine
    assert understand_each_other(prints(*other), prints(*one)) is fine


def test_a_fingerprint_says_nothing_of_the_secret(settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "geheim", ["older"] * 40
    assert own_fingerprints().startswith(f"{fingerprint('geheim')},")
    assert len(own_fingerprints()) <= 255
    assert "geheim" not in own_fingerprints()


async def other_process(secret: str) -> None:
    """Leave the fresh lease of a process elsewhere that signs with `secret`."""
    await ServerLease.objects.acreate(
        boot_id=secret,
        host=f"host-{secret}",
        pid=7,
        process_started=1,
        renewed_at=now(),
        key_fingerprints=prints(secret),
    )


async def test_a_process_with_another_secret_says_at_its_start_what_that_means(
    settings: Settings, caplog: pytest.LogCaptureFixture, async_client: AsyncClient
) -> None:
    settings.SECRET_KEY = "ours" * 8
    await other_process(settings.SECRET_KEY)
    await ProcessLease().acquire()
    assert not caplog.text
    assert (await async_client.get("/readyz")).json()["warnings"] == []

    await other_process("theirs")
    await ProcessLease().acquire()
    assert "This process has another SECRET_KEY than host-theirs:7. Each refuses" in caplog.text
    assert "SECRET_KEY_FALLBACKS" in caplog.text
    (warning,) = (await async_client.get("/readyz")).json()["warnings"]
    assert "Processes have different SECRET_KEYs" in warning


async def test_the_lease_of_a_process_that_was_killed_alarms_nobody(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    await other_process("theirs")
    await ServerLease.objects.aupdate(host=socket.gethostname(), pid=2**22)
    await ProcessLease().acquire()
    assert not caplog.text
    assert await db.read(server_leases.living_leases)
