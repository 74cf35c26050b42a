"""Who is one installation and who is another, on whatever they share."""

import pytest

from speaktracker.layers.installation import installation, key_prefix

HERE = installation("school", "secret", "redis://h/0")
OTHERS = {
    "another stack": installation("college", "secret", "redis://h/0"),
    "another secret": installation("school", "another", "redis://h/0"),
    "another database": installation("school", "secret", "redis://h/4"),
    "another database by option": installation("school", "secret", "redis://h?db=4"),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_installations_share_neither_name_nor_key(other: object) -> None:
    assert HERE.name != getattr(other, "name", None)
    assert HERE.key != getattr(other, "key", None)


@pytest.mark.parametrize(
    "url", ["", "redis://h", "rediss://:pw@elsewhere/0", "redis+sentinel://h/class"]
)
def test_the_same_database_under_another_address_is_the_same_installation(url: str) -> None:
    assert installation("school", "secret", url) == HERE


def test_the_name_begins_with_the_stack_and_tells_no_secret() -> None:
    assert HERE.name.startswith("school:")
    assert "secret" not in repr(HERE)
    assert repr(HERE.key) not in repr(HERE)


def test_keys_begin_with_the_name_of_this_installation() -> None:
    assert key_prefix().startswith("speaktracker-dev:")
    assert key_prefix().endswith(":")


def test_a_signature_holds_for_its_topic_body_and_installation_alone() -> None:
    signature = HERE.sign(b"user.5", b"bye")
    assert HERE.is_signed(b"user.5", signature, b"bye")
    assert not HERE.is_signed(b"user.6", signature, b"bye")
    assert not HERE.is_signed(b"user.5", signature, b"bye!")
    assert not HERE.is_signed(b"user.", signature, b"5bye")
    assert not HERE.is_signed(b"user.5", signature[:-1], b"bye")
    assert not any(other.is_signed(b"user.5", signature, b"bye") for other in OTHERS.values())
