"""Keys, and feedback that is stored with them."""

import base64
from collections.abc import Callable
from hashlib import sha256

import pytest
from pytest_django import Settings

from speaktracker.field_encryption.key_list import key_list_from_environment
from tests.api.conftest import (  # noqa: F401 - fixtures
    api,
    gave,
    other_student,
    signed_in,
    student,
    tutor,
)
from tests.persistence.conftest import (  # noqa: F401 - fixtures
    aws,
    engine_port,
    engine_ports,
    relaying,
)

UseKeys = Callable[..., str]
# Always the same: the names of tests hold them, and each worker must find the same tests.
KEYS = {
    name: base64.b64encode(sha256(name.encode()).digest()).decode()
    for name in ("old", "new", "other")
}


def listed(*names: str) -> str:
    """Write a list of keys as the environment has it; `old:other` is another key of that id."""
    entries = []
    for name in names:
        key_id, _, key = name.partition(":")
        entries.append(name if name == "plain" else f"{key_id}:{KEYS[key or key_id]}")
    return ",".join(entries)


@pytest.fixture
def use_keys(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> UseKeys:
    """Put these keys into the environment of this process and of those it starts."""

    def use(*names: str) -> str:
        monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", listed(*names))
        settings.FIELD_ENCRYPTION_KEYS = key_list_from_environment()
        name: str = settings.FIELD_ENCRYPTION_KEYS.newest_name
        return name

    return use
