"""Which keys are accepted, and what is said of the others: never anything of a key."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from speaktracker.configuration.management_keys import management_keys_from_environment

SECRET = "s3cret" * 6


@pytest.mark.parametrize(
    ("listed", "verbs"),
    [
        ("", {}),
        (f"AKID:{SECRET}", {"AKID": {"POST", "GET", "DELETE"}}),
        (
            f"A:{SECRET}, B:{SECRET}:POST+GET",
            {"A": {"POST", "GET", "DELETE"}, "B": {"POST", "GET"}},
        ),
        (f"A:{SECRET}:delete\nB:{'/+=' * 11}:POST", {"A": {"DELETE"}, "B": {"POST"}}),
    ],
)
def test_keys_are_read(
    listed: str, verbs: dict[str, set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANAGEMENT_API_KEYS", listed)
    found = management_keys_from_environment()
    assert {key_id: key.verbs for key_id, key in found.items()} == verbs
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "listed",
    [
        *(SECRET, f":{SECRET}", f"AKID:{SECRET[:31]}", f"AKID:{SECRET}:PUT", f"AKID:{SECRET}:"),
        *(f"AKID:{SECRET}:POST:GET", f"A:{SECRET},A:{SECRET}", f"A KID:{SECRET}", f"A:é{SECRET}"),
    ],
)
def test_a_key_that_is_none_stops_the_start_and_is_not_printed(
    listed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANAGEMENT_API_KEYS", listed)
    with pytest.raises(ImproperlyConfigured, match=r"^MANAGEMENT_API_KEYS: key number \d") as told:
        management_keys_from_environment()
    assert "s3cret" not in str(told.value)


def test_keys_stand_in_a_file_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "keys"
    file.write_text(f"A:{SECRET}\n\nB:{SECRET}:POST\n")
    monkeypatch.setenv("MANAGEMENT_API_KEYS_FILE", str(file))
    assert set(management_keys_from_environment()) == {"A", "B"}
    monkeypatch.setenv("MANAGEMENT_API_KEYS", f"A:{SECRET}")
    with pytest.raises(ImproperlyConfigured, match="not both"):
        management_keys_from_environment()


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_file_without_keys_stops_the_start(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("MANAGEMENT_API_KEYS_FILE", str(file))
    with pytest.raises(ImproperlyConfigured, match="MANAGEMENT_API_KEYS_FILE"):
        management_keys_from_environment()
