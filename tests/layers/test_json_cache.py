"""The cache holds JSON: nothing in it is run, and what nobody could have written is not there."""

import pickle
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import BaseCache, caches
from django.test import override_settings

from speaktracker.layers.redis.django_config import django_cache
from speaktracker.layers.redis.json_cache import LONGEST_VALUE
from tests.valkey import Valkey

FOREIGN = [
    pickle.dumps({"a": 1}),
    b"",
    b"\xff\xfe",
    b"{",
    b"[" * 60_000,
    b"NaN",
    b"1e999",
    b"9" * 5_000,
    b"9" * 30,
    b'"' + b"x" * LONGEST_VALUE + b'"',
]


class Trap:
    """What pickle would run."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return pytest.fail, ("a pickle was run",)


@pytest.fixture
def client(valkey: Valkey) -> "Iterator[redis.Redis]":
    """Somebody else who may write into that Redis."""
    with redis.from_url(valkey.url) as connected:
        yield connected


@pytest.fixture(params=["in Redis", "in this process"])
def store(valkey: Valkey, request: pytest.FixtureRequest) -> Iterator[BaseCache]:
    """Each of our caches, empty."""
    url = valkey.url if request.param == "in Redis" else ""
    with override_settings(CACHES={"default": django_cache(url, "school:1")}):
        caches["default"].clear()
        yield caches["default"]
        caches["default"].clear()


@pytest.fixture
def shared(valkey: Valkey) -> Iterator[BaseCache]:
    """Our cache in Redis, empty."""
    with override_settings(CACHES={"default": django_cache(valkey.url, "school:1")}):
        yield caches["default"]
        caches["default"].clear()


@pytest.mark.parametrize(
    "value", [None, True, 0, -5, 2**62, 1.5, "", "한국어", [1, [2]], {"a": {"b": None}}]
)
def test_plain_values_come_back_as_they_were(store: BaseCache, value: object) -> None:
    store.set("one", value)
    assert store.add("other", value)
    assert not store.add("other", "second")
    assert store.get("one", "absent") == store.get("other", "absent") == value
    assert store.get_many(["one", "other", "none"]) == {"one": value, "other": value}


@pytest.mark.parametrize(
    "value", [b"bytes", {1, 2}, object(), Trap(), float("nan"), "x" * LONGEST_VALUE]
)
def test_other_values_are_refused_when_they_are_written(store: BaseCache, value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        store.set("one", value)
    assert store.get("one", "absent") == "absent"


def test_integers_are_counted_and_nothing_else_is(store: BaseCache) -> None:
    store.set_many({"number": 1, "word": "one"})
    assert store.incr("number", 2) == 3
    for key in ("word", "none"):
        with pytest.raises(ValueError, match=key):
            store.incr(key)
        assert store.add(key, 0)
        assert store.incr(key) == 1


@pytest.mark.parametrize("written", [*FOREIGN, pickle.dumps(Trap())])
def test_what_is_not_readable_is_absent(
    shared: BaseCache, client: "redis.Redis", written: bytes
) -> None:
    client.set("school:1:1:key", written)
    assert shared.get("key", "absent") == "absent"
    assert shared.get_many(["key"]) == {}
    assert "key" not in shared
    assert shared.add("key", "ours")
    assert shared.get("key") == "ours"


@pytest.mark.parametrize("command", ["LPUSH", "SADD"])
def test_what_is_no_value_at_all_is_absent(
    shared: BaseCache, client: "redis.Redis", command: str
) -> None:
    client.execute_command(command, "school:1:1:key", "value")
    assert shared.get("key", "absent") == "absent"
    with pytest.raises(ValueError, match="no integer"):
        shared.incr("key")
    assert shared.add("key", 5)
    assert shared.incr("key") == 6


def test_clearing_leaves_what_belongs_to_others(shared: BaseCache, client: "redis.Redis") -> None:
    client.set("school:2:1:key", "theirs")
    shared.set("key", "ours")
    shared.clear()
    assert shared.get("key") is None
    assert client.getdel("school:2:1:key") == b"theirs"


def test_sessions_are_json_too() -> None:
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert settings.SESSION_ENGINE == "speaktracker.auth.shared_computers.session_store"  # in SQL


def test_a_count_is_one_question_to_redis(shared: BaseCache, client: "redis.Redis") -> None:
    def questions() -> int:
        return int(client.info("stats")["total_reads_processed"])

    shared.set("count", 0)
    before = questions()
    assert [shared.incr("count"), shared.incr("count", 5)] == [1, 6]
    assert questions() - before == 3  # the last is that of `questions` itself
