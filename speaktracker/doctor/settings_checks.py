"""Settings that a server would start with, and that contradict each other all the same."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

from speaktracker.doctor.findings import Finding
from speaktracker.server.server_options import server_options_from_environment

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def check_settings() -> Iterator[Finding]:
    """Run Django's checks, those of a deployment under https, and look at what they do not know."""
    found = [*system_checks(), *contradictions()]
    yield from found or [Finding("settings", "ok", "Nothing contradicts.")]


def system_checks() -> Iterator[Finding]:
    """Give what `manage.py check` would say."""
    for message in checks.run_checks(include_deployment_checks=settings.IS_HTTPS):
        if message.is_silenced():
            continue
        says = f"{message.msg} {message.hint or ''}".strip()
        if message.level >= checks.WARNING:
            yield Finding("settings", "failed" if message.is_serious() else "warning", says)


def contradictions() -> Iterator[Finding]:
    """Give what each setting alone would allow."""
    public = urlsplit(settings.PUBLIC_URL)
    if settings.IS_HTTPS and settings.DEBUG:
        says = "DEBUG is on for people: its pages show settings and code. Set DEBUG=0."
        yield Finding("settings", "failed", says)
    if settings.IS_HTTPS and not server_options_from_environment().trusted_proxies:
        says = (
            "PUBLIC_URL is https and TRUSTED_PROXIES names nobody: who ends TLS is not believed, "
            "so pages redirect for ever. Name its address."
        )
        yield Finding("settings", "failed", says)
    if public.scheme == "http" and public.hostname not in LOOPBACK:
        says = "PUBLIC_URL is http: passwords cross the network as they are. Use https."
        yield Finding("settings", "warning", says)
    if settings.SECRET_KEY in settings.SECRET_KEY_FALLBACKS:
        says = (
            "SECRET_KEY_FALLBACKS names SECRET_KEY itself: the other one is missing, or it can go."
        )
        yield Finding("settings", "warning", says)
