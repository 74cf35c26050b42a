"""Behind an https PUBLIC_URL nothing starts with debug pages or a secret that others know."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from speaktracker.configuration.production_check import check_for_the_public

PUBLIC, GOOD = "https://class.example.com", "R2vKx0yq" * 6


@pytest.mark.parametrize(
    "bad", ["change-me", "django-insecure-" + GOOD, "too-short", "CHANGEME" * 9]
)
def test_a_default_or_short_secret_stops_the_start(bad: str) -> None:
    for secrets in ([bad], [GOOD, bad]):
        with pytest.raises(ImproperlyConfigured, match="openssl rand -base64 48") as caught:
            check_for_the_public(PUBLIC, False, secrets)
        assert bad not in str(caught.value)


def test_debug_pages_stop_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DEBUG=1 shows"):
        check_for_the_public(PUBLIC, True, [GOOD])


def test_on_ones_own_machine_both_are_fine() -> None:
    check_for_the_public(PUBLIC, False, [GOOD])
    for url in ("", "http://127.0.0.1:8000"):
        check_for_the_public(url, True, ["change-me"])


def test_every_command_says_so_in_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "speaktracker.settings", "DEBUG": "1"}
        | {"PUBLIC_URL": PUBLIC, "SECRET_KEY": GOOD},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "DEBUG=1 shows settings and code" in done.stderr
    assert "Traceback" not in done.stderr
