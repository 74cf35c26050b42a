"""A ciphertext opens for its own record, and says whether it was moved or damaged."""

import pytest

from speaktracker.field_encryption.ciphertext import (
    MARK,
    DamagedText,
    Identity,
    MovedText,
    UnknownKey,
    UnreadableText,
    decrypt,
    encrypt,
)
from speaktracker.field_encryption.key_list import KeyList, key_list_from_environment
from speaktracker.text import normal_text
from tests.field_encryption.conftest import listed

TEXT = "발음이 좋아졌어요"
OWN = Identity("feedback.message", "0193", "7", "student@example.com")


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> KeyList:
    monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", listed("new", "old"))
    return key_list_from_environment()


@pytest.fixture
def stored(keys: KeyList) -> str:
    assert keys.newest is not None
    return encrypt(TEXT, OWN, keys.newest)


def test_it_opens_for_its_own_record_and_looks_different_each_time(
    keys: KeyList, stored: str
) -> None:
    assert keys.newest is not None
    assert decrypt(stored, OWN, keys) == TEXT
    assert encrypt(TEXT, OWN, keys.newest) != stored


@pytest.mark.parametrize("name", Identity._fields)
def test_for_another_record_it_was_moved(keys: KeyList, stored: str, name: str) -> None:
    with pytest.raises(MovedText):
        decrypt(stored, OWN._replace(**{name: "other"}), keys)


def test_it_is_damaged_wherever_a_character_changed(keys: KeyList, stored: str) -> None:
    assert keys.newest is not None
    named = range(len(MARK), len(MARK) + len(keys.newest.name))
    for at in range(len(MARK), len(stored)):
        other = "A" if stored[at] != "A" else "B"
        with pytest.raises(UnreadableText) as refused:
            decrypt(stored[:at] + other + stored[at + 1 :], OWN, keys)
        assert refused.type is (UnknownKey if at in named else DamagedText), at


@pytest.mark.parametrize("cut", [1, 5, 40, 70])
def test_what_is_cut_off_is_damaged(keys: KeyList, stored: str, cut: int) -> None:
    with pytest.raises(DamagedText):
        decrypt(stored[:-cut], OWN, keys)
    with pytest.raises(DamagedText):
        decrypt(stored + "=" * cut, OWN, keys)


def test_a_wrong_key_under_the_same_id_is_another_key(
    stored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", listed("new:other"))
    with pytest.raises(UnknownKey):
        decrypt(stored, OWN, key_list_from_environment())


def test_nobody_can_write_a_text_that_looks_like_one(stored: str) -> None:
    assert not normal_text(stored).startswith(MARK)
