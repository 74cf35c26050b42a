"""FIELD_ENCRYPTION_KEYS: what it may hold, and how it is refused without showing it."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from speaktracker.field_encryption.key_list import key_list_from_environment
from tests.field_encryption.conftest import KEYS, listed

SHORT = base64.b64encode(b"x3" * 8).decode()


def test_the_first_key_encrypts_and_each_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", listed("new", "old"))
    keys = key_list_from_environment()
    assert [name.split(".")[0] for name in keys.names] == ["new", "old"]
    assert keys.newest_name == keys.names[0]


@pytest.mark.parametrize("entries", ["", " , "])
def test_without_keys_texts_are_stored_as_they_are(
    monkeypatch: pytest.MonkeyPatch, entries: str
) -> None:
    monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", entries)
    assert key_list_from_environment().newest is None


def test_plain_before_a_key_reads_and_does_not_encrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", listed("plain", "old"))
    keys = key_list_from_environment()
    assert (keys.newest, len(keys.names)) == (None, 1)


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        (KEYS["old"], "number 1 of the list must be ID:KEY"),
        (f"{listed('new')},old:{SHORT}", "number 2 of the list must be ID:KEY"),
        (f"a key:{KEYS['old']}", "must be ID:KEY"),
        (f"old:{KEYS['old'][:-2]}%=", "must be ID:KEY"),
        (f"{listed('new')},plain", "number 2 of the list must be ID:KEY"),
        (f"old:{base64.b64encode(bytes(32)).decode()}", "is not random"),
        (f"old:{KEYS['old']},old:{KEYS['new']}", "number 2 of the list has the id"),
        ("plain", "`plain` alone"),
    ],
)
def test_a_malformed_list_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, entries: str, why: str
) -> None:
    monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", entries)
    with pytest.raises(ImproperlyConfigured, match=why) as refused:
        key_list_from_environment()
    shown = f"{refused.value} {refused.getrepr()}"
    assert not [key for key in (*KEYS.values(), SHORT) if key[:12] in str(refused.value)], shown
