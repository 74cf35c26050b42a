"""People with passwords, every way in, and a count of the passwords that were compared."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client

from speaktracker import clock
from speaktracker.roster.models import User

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

PASSWORD = "correct horse battery staple"
WAYS = ("/login/", "/admin/login/", "/api/auth/token", "/api/auth/token/")

Tries = Callable[..., "Answer"]
TimePasses = Callable[[float], None]


@pytest.fixture(autouse=True)
def _nobody_has_called_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def owner(db: None) -> User:
    """A superuser, who may come in on every way."""
    return User.objects.create_superuser("owner@example.com", PASSWORD)


@pytest.fixture
def tries(db: None) -> Tries:
    """Send an address and a password on one of WAYS, in English, from an address of the network."""

    client = Client(headers={"accept-language": "en"})

    def send(
        email: str, password: str = "wrong", way: str = WAYS[2], address: str = "192.0.2.1"
    ) -> "Answer":
        client.cookies.clear()
        if way.startswith("/api/"):
            body = {"email": email, "password": password}
            return client.post(way, body, "application/json", REMOTE_ADDR=address)
        fields = {"username": email, "password": password, "next": "/"}
        return client.post(way, fields, REMOTE_ADDR=address)

    return send


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that is hashed from here on."""
    hashed: list[str] = []
    original = MD5PasswordHasher.encode

    def encode(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return original(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", encode)
    return hashed


@pytest.fixture(autouse=True)
def time_passes(monkeypatch: pytest.MonkeyPatch) -> TimePasses:
    """Stop the clock, so that waits are exact; what it answers lets so many seconds pass."""
    now = clock.microseconds()

    def pass_(seconds: float) -> None:
        nonlocal now
        now += round(seconds * 1e6)

    monkeypatch.setattr(clock, "microseconds", lambda: now)
    return pass_


def signed_in(answer: "Answer") -> bool:
    """Tell whether an answer let somebody in, by a session or by a token."""
    return answer.status_code == 302 or (
        answer.status_code == 200 and b'"access"' in answer.content
    )
